use super::*;

fn at(minutes: i64) -> Timestamp {
    Timestamp::from_second(minutes * 60).unwrap()
}

fn held(expires: Option<i64>) -> Held {
    let credentials = Credentials {
        id: "a".into(),
        secret: "s".into(),
        token: None,
        expires: expires.map(at),
    };
    Held::new(credentials, at(0))
}

#[test]
fn a_session_is_renewed_a_quarter_of_an_hour_before_its_end() {
    let hour = held(Some(60));
    assert!(hour.is_fresh(at(44)) && !hour.is_fresh(at(45)));
    assert!(hour.is_valid(at(59)) && !hour.is_valid(at(60)));
}

#[test]
fn a_short_session_is_renewed_at_half_of_its_life_and_not_all_the_time() {
    let short = held(Some(10));
    assert!(short.is_fresh(at(4)) && !short.is_fresh(at(5)) && short.is_valid(at(9)));
}

#[test]
fn a_key_without_an_end_stays() {
    let for_good = held(None);
    assert!(for_good.is_fresh(at(1_000_000)) && for_good.is_valid(at(1_000_000)));
}
