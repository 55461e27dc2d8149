//! Databases, caches and the like: one that is paid in advance and one that is not, of every service.

use super::Day;
use crate::world::holdings::Holdings;
use crate::world::prepaid::Renewal;
use crate::world::products::Product;
use crate::world::terms::Term;

/// Service, beginning of its ids.
pub(super) const SERVICES: &[(&str, &str)] = &[
    ("cdb", "cdb"),
    ("redis", "crs"),
    ("mongodb", "cmgo"),
    ("postgres", "postgres"),
    ("sqlserver", "mssql"),
    ("mariadb", "tdsql"),
    ("dcdb", "tdsqlshard"),
    ("cynosdb", "cynosdbmysql"),
    ("es", "es"),
    ("ckafka", "ckafka"),
    ("lighthouse", "lhins"),
    ("bwp", "bwp"),
    ("vpngw", "vpngw"),
];

pub(super) fn put(it: &mut Holdings, day: Day<'_>) {
    for (service, prefix) in SERVICES {
        let product = |name: &str, term| {
            Product::new(*service, format!("{prefix}-{name}"), day(-365), term).name(name)
        };
        let until = |days, renewal| Term::prepaid(day(days), renewal);
        it.add_product(product("manual01", until(6, Renewal::Manual)));
        it.add_product(product("auto0001", until(200, Renewal::Auto)));
        it.add_product(product("letgo001", until(40, Renewal::Never)));
        it.add_product(product("isolated", until(-1, Renewal::Manual)));
        // Lighthouse knows no other way to pay than in advance.
        if *service != "lighthouse" {
            it.add_product(product("hourly01", Term::on_demand()));
        }
    }
}
