//! The exit codes: what holds at the end of a run, in the order of its gravity.

/// What holds at the end of a run; each is an exit code, and the gravest one is returned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Exit {
    /// All is well: 0.
    Fine,
    /// There are findings, and the caller asked to be told by the exit code: 1.
    Findings,
    /// Wrong use or config: 2.
    Usage,
    /// Something was not seen: 3.
    Unseen,
    /// No account could be seen: 4.
    NothingSeen,
    /// A guard refused: 5.
    Refused,
    /// A message was not delivered: 6.
    Undelivered,
    /// Done in part, or an internal failure: 7.
    Internal,
    /// Interrupted: 130.
    Interrupted,
}

impl Exit {
    /// Returns the number the process ends with.
    #[must_use]
    pub fn code(self) -> u8 {
        match self {
            Self::Fine => 0,
            Self::Findings => 1,
            Self::Usage => 2,
            Self::Unseen => 3,
            Self::NothingSeen => 4,
            Self::Refused => 5,
            Self::Undelivered => 6,
            Self::Internal => 7,
            Self::Interrupted => 130,
        }
    }

    /// Returns the one that is shown when several hold: 130 > 2 > 4 > 5 > 7 > 3 > 6 > 1.
    #[must_use]
    pub fn gravest(all: &[Self]) -> Self {
        let order = [
            Self::Interrupted,
            Self::Usage,
            Self::NothingSeen,
            Self::Refused,
            Self::Internal,
            Self::Unseen,
            Self::Undelivered,
            Self::Findings,
        ];
        order
            .into_iter()
            .find(|it| all.contains(it))
            .unwrap_or(Self::Fine)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_gravest_of_several_exits_is_returned() {
        use Exit::{
            Findings, Fine, Internal, Interrupted, NothingSeen, Undelivered, Unseen, Usage,
        };
        assert_eq!(Exit::gravest(&[]), Fine);
        assert_eq!(Exit::gravest(&[Findings, Undelivered]), Undelivered);
        assert_eq!(Exit::gravest(&[Undelivered, Unseen]), Unseen);
        assert_eq!(Exit::gravest(&[Unseen, Internal]), Internal);
        assert_eq!(Exit::gravest(&[Internal, NothingSeen]), NothingSeen);
        assert_eq!(Exit::gravest(&[NothingSeen, Usage]), Usage);
        assert_eq!(Exit::gravest(&[Usage, Interrupted]), Interrupted);
    }
}
