//! Images that are past their time, and what is known of them just before they go.

use cloudsim::world::images::{Image, Template};

use super::*;

const OLD: &str = "ami-old";

/// A machine with an image that is past its time and one that is not.
async fn house_of_images() -> House {
    let image = |id: &str, created: Timestamp, set: &str| {
        let image = Image::new(id, id, &[], created).of("i-web");
        image.tag("AutoAMI", "true").tag(SET_TAG, set)
    };
    let shop = shop(&["web"]).holding(REGION, |held| {
        held.add_image(image(OLD, day(-60), "i-web/20260920T200000Z"));
        held.add_image(image("ami-new", day(-20), "i-web/20261030T200000Z"));
    });
    let house = House::of(World::new(start()).with(shop)).await;
    house.on_day(0);
    house
}

fn change(house: &House, change: impl FnOnce(&mut Holdings)) {
    let world = house.door.world();
    let changed = world.change(SHOP, REGION, |held, _| change(held));
    changed.unwrap();
}

/// Returns what became of the old image.
fn fate(applied: &Applied) -> String {
    let all = fates(applied);
    let of_image = all.iter().find(|it| it.starts_with("delete_image"));
    of_image.cloned().unwrap_or_default()
}

#[tokio::test]
async fn an_image_that_is_past_its_time_goes() {
    let (house, keeper) = (house_of_images().await, Keeper::of_two());
    let applied = house.applied(&keeper).await;
    assert_eq!(fate(&applied), "delete_image done");
    assert_eq!(house.door.world().done(Act::Deleted, Sort::Image), [OLD]);
}

#[tokio::test]
async fn an_image_that_came_into_use_after_the_plan_stays() {
    type Change = dyn Fn(&mut Holdings) + Sync;
    let template = |held: &mut Holdings| held.add_template(Template::new("lt-1", OLD, day(0)));
    let machine = |held: &mut Holdings| {
        held.machines
            .change("i-web", |it| it.image = OLD.to_owned());
    };
    for (use_it, user) in [(&template as &Change, "lt-1"), (&machine, "i-web")] {
        let (house, keeper) = (house_of_images().await, Keeper::of_two());
        let meanwhile = Yes(|| change(&house, use_it));
        let applied = house.tried(&keeper, None, &meanwhile).await.unwrap();
        let refused = format!("delete_image refused: it is used by {user}");
        assert_eq!(fate(&applied), refused);
        assert_eq!(applied.exits(), [Exit::Refused]);
        assert_eq!(house.door.world().done(Act::Deleted, Sort::Image), [""; 0]);
    }
}

#[tokio::test]
async fn an_image_stays_where_its_users_cannot_be_seen_any_more() {
    let (house, keeper) = (house_of_images().await, Keeper::of_two());
    let blinded = Yes(|| {
        let fault = Fault::new(Effect::Denied).action("DescribeLaunchTemplateVersions");
        house.door.faults().add(fault);
    });
    let applied = house.tried(&keeper, None, &blinded).await.unwrap();
    let fate = fate(&applied);
    let refused = "delete_image refused: it could not be looked at: who uses it";
    assert!(fate.starts_with(refused), "{fate}");
    assert_eq!(house.door.world().done(Act::Deleted, Sort::Image), [""; 0]);
}
