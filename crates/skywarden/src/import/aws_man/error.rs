//! Why a run script cannot be taken over.

/// Why a run script cannot be taken over; names are told, values never.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AwsManError {
    /// It starts neither of the two programs.
    #[error("it starts neither ec2_snapshot nor ec2_networkout_alerm")]
    Nothing,
    /// The shell computes a value that has to be known.
    #[error("line {line}: `{name}` is computed by the shell, which is not run here")]
    Computed {
        /// The line, from 1.
        line: usize,
        /// The variable.
        name: &'static str,
    },
    /// One half of the access key is missing.
    #[error("`{missing}` is not filled in, and the other half of the access key is")]
    HalfKey {
        /// The variable.
        missing: &'static str,
    },
    /// A value cannot be used.
    #[error("line {line}: `{name}` is not {expected}")]
    Value {
        /// The line, from 1.
        line: usize,
        /// The variable.
        name: &'static str,
        /// What should stand there.
        expected: &'static str,
    },
    /// The line of cron has no five fields that come up.
    #[error("the line of cron is not one such as `0 4 * * * /srv/scripts/aws-man/ec2/ID.sh`")]
    Crontab,
}
