//! Who a caller is, in the words of AWS.

use crate::world::caller::{Caller, Principal};
use crate::world::cloud::{Cloud, Partition};

/// Returns the caller's partition.
pub(crate) fn partition(caller: &Caller) -> Partition {
    match caller.cloud {
        Cloud::Aws(partition) => partition,
        Cloud::Aliyun | Cloud::Tencent => Partition::Aws,
    }
}

/// Returns the ARN of the principal.
pub(crate) fn arn(caller: &Caller) -> String {
    let (partition, number) = (partition(caller).as_str(), caller.cloud.number(caller.uid));
    match &caller.principal {
        Principal::Root => format!("arn:{partition}:iam::{number}:root"),
        Principal::User { name, .. } => format!("arn:{partition}:iam::{number}:user/{name}"),
        Principal::Session { role, session, .. } => {
            format!("arn:{partition}:sts::{number}:assumed-role/{role}/{session}")
        }
    }
}

/// Returns the principal's unique id: the account, `AIDA…`, or `AROA…:session`.
pub(crate) fn user_id(caller: &Caller) -> String {
    match &caller.principal {
        Principal::Root => caller.cloud.number(caller.uid),
        Principal::User { id, .. } => unique("AIDA", *id),
        Principal::Session {
            role_id, session, ..
        } => format!("{}:{session}", unique("AROA", *role_id)),
    }
}

/// Returns a 21 character id with `prefix`, made of `number`.
pub(crate) fn unique(prefix: &str, number: u64) -> String {
    const DIGITS: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let mut rest = number;
    let digits = (0..21_usize.saturating_sub(prefix.len())).map(|_| {
        let digit = DIGITS[(rest % 32) as usize];
        rest /= 32;
        char::from(digit)
    });
    prefix.chars().chain(digits).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_as_long_as_the_real_ones_and_unlike() {
        assert_eq!(unique("AIDA", 0), "AIDAAAAAAAAAAAAAAAAAA");
        assert_eq!(unique("AROA", 33).len(), 21);
        assert_ne!(unique("AIDA", 1), unique("AIDA", 2));
    }
}
