//! Steps as rows and documents; the names of fields are a promise.

use duty::{Duty, Planned};
use model::Money;
use serde_json::{Value, json};

use crate::cli::{Cell, Column, Ui};

/// The columns of a step.
pub(in crate::cli) const STEP: [Column; 7] = [
    "sign", "account", "region", "step", "subject", "monthly", "reason",
];

/// Returns a step as cells of the columns [`STEP`].
pub(in crate::cli) fn cells(planned: &Planned, duty: &dyn Duty, ui: &Ui) -> Vec<Cell> {
    let sign = planned.step.sign().to_string();
    vec![
        match sign.as_str() {
            "+" => Cell::Good(sign),
            "-" => Cell::Urgent(sign),
            _ => Cell::Warning(sign),
        },
        Cell::text(planned.spot.account.as_str()),
        Cell::text(planned.spot.region.as_str()),
        Cell::text(planned.step.word()),
        Cell::text(planned.step.subject()),
        Cell::text(planned.monthly.as_ref().map(signed).unwrap_or_default()),
        Cell::text(duty.explain(&planned.reason, ui.language)),
    ]
}

/// Returns a step as a document.
pub(in crate::cli) fn document(planned: &Planned, duty: &dyn Duty, ui: &Ui) -> Value {
    json!({
        "sign": planned.step.sign().to_string(),
        "account": planned.spot.account.as_str(),
        "region": planned.spot.region.as_str(),
        "step": planned.step.word(),
        "subject": planned.step.subject(),
        "monthly": planned.monthly.as_ref().map(money),
        "reason": planned.reason,
        "why": duty.explain(&planned.reason, ui.language),
        "after": planned.after,
        "what": planned.step,
    })
}

/// Returns money as a document that keeps every digit.
pub(in crate::cli) fn money(money: &Money) -> Value {
    json!({ "amount": money.amount.to_string(), "currency": money.currency.code() })
}

/// Returns money with its sign, since it is more or less a month.
pub(in crate::cli) fn signed(money: &Money) -> String {
    match money.amount.is_sign_negative() {
        true => money.to_string(),
        false => format!("+{money}"),
    }
}
