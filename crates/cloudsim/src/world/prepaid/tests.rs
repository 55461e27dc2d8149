use super::*;

fn day(number: i64) -> Timestamp {
    Timestamp::UNIX_EPOCH + SignedDuration::from_hours(24 * number)
}

fn rich() -> Balance {
    Balance::new(1_000, "CNY")
}

#[test]
fn an_auto_renewing_row_is_extended_nine_days_before_its_end_and_not_earlier() {
    let row = Prepaid::new("ecs", "i-1", day(100)).renewal(Renewal::Auto);
    assert_eq!(
        row.clone().at(day(90), &rich()).unwrap().ends,
        Some(day(100))
    );
    assert_eq!(
        row.clone().at(day(91), &rich()).unwrap().ends,
        Some(day(130))
    );
    assert_eq!(row.at(day(121), &rich()).unwrap().ends, Some(day(160)));
}

#[test]
fn a_renewal_that_cannot_be_paid_leaves_the_end_where_it_is() {
    let empty = Balance {
        since: Some(day(0)),
        ..Balance::new(50, "CNY").spending(1)
    };
    let row = Prepaid::new("ecs", "i-1", day(100)).renewal(Renewal::Auto);
    assert_eq!(row.at(day(95), &empty).unwrap().ends, Some(day(100)));
    let failing = Prepaid::new("ecs", "i-2", day(100)).renewal(Renewal::AutoFailing);
    assert_eq!(failing.at(day(95), &rich()).unwrap().ends, Some(day(100)));
}

#[test]
fn what_ended_stays_visible_until_it_is_released() {
    let row = Prepaid::new("rds", "rm-1", day(100));
    let ended = row.clone().at(day(110), &rich()).unwrap();
    assert_eq!(ended.status(day(110)), "Expired");
    assert_eq!(row.at(day(115), &rich()), None);
}

#[test]
fn a_page_counts_all_that_passes_the_filter() {
    let mut shelf = Shelf::default();
    for number in 0..10 {
        shelf.add(Prepaid::new(
            if number % 2 == 0 { "ecs" } else { "rds" },
            format!("x-{number}"),
            day(100 + number),
        ));
    }
    let filter = PrepaidFilter {
        product: Some("ecs".into()),
        ..PrepaidFilter::default()
    };
    let (total, page) = shelf.page(&filter, day(0), &rich(), (2, 2));
    assert_eq!(
        (
            total,
            page.iter().map(|it| it.id.as_str()).collect::<Vec<_>>()
        ),
        (5, vec!["x-4", "x-6"])
    );
    let ending = PrepaidFilter {
        ends_to: Some(day(102)),
        ..PrepaidFilter::default()
    };
    assert_eq!(shelf.page(&ending, day(0), &rich(), (0, 300)).0, 3);
}

#[test]
fn planted_rows_can_be_changed_and_taken_away() {
    let mut shelf = Shelf::planted(Crop::new(1, Uid(7), 50, 0, day(0)));
    let id = shelf.rows().nth(20).unwrap().id;
    assert!(shelf.change(&id, |row| Some(row.renewal(Renewal::Never))));
    assert_eq!(shelf.find(&id).unwrap().renewal, Renewal::Never);
    assert!(shelf.change(&id, |_| None));
    assert_eq!((shelf.find(&id), shelf.rows().count()), (None, 49));
}
