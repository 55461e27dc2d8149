//! Billing: the money, in hundredths of a yuan, and what has to be renewed.

mod renewals;

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive as _;
use serde_json::{Value, json};

use super::arguments::{Kind, Parameter};
use super::catalog::{ActionSpec, Asked, Listing, Paging, Reach, Style};
use super::words::{Trouble, unknown_key};

const VERSION: &str = "2018-07-09";

pub(super) const ACTIONS: &[ActionSpec] = &[
    ActionSpec {
        service: "billing",
        version: VERSION,
        name: "DescribeAccountBalance",
        style: Style::Signed,
        reach: Reach::Everywhere,
        parameters: &[Parameter::new("TempCredit", Kind::Flag)],
        listing: None,
        serve: describe_account_balance,
    },
    ActionSpec {
        service: "billing",
        version: VERSION,
        name: "DescribeRenewInstances",
        style: Style::Signed,
        reach: Reach::Everywhere,
        parameters: &[
            Parameter::new("MaxResults", Kind::Whole(1, 100)).needed(),
            Parameter::text("NextToken"),
            Parameter::new("Reverse", Kind::Flag),
            Parameter::new("RenewFlagList", Kind::Texts(3)),
            Parameter::new("InstanceIdList", Kind::Texts(100)),
            Parameter::text("ExpireTimeStart"),
            Parameter::text("ExpireTimeEnd"),
        ],
        listing: Some(Listing {
            rows: "/InstanceList",
            total: "",
            paging: Paging::Token,
        }),
        serve: renewals::describe,
    },
];

fn describe_account_balance(asked: &Asked<'_>) -> Result<Vec<u8>, Trouble> {
    let uid = asked.caller()?.uid;
    let money = asked.world.look(uid, |account, now| {
        (account.balance.at(now), account.balance.credit)
    });
    let (cash, credit) = money.ok_or_else(unknown_key)?;
    let owed = (-cash).max(Decimal::ZERO);
    let temporary = asked.arguments.flag("TempCredit");
    super::catalog::json(&json!({
        "Uin": uid.0,
        // The same as the real balance, but a whole number.
        "Balance": fen(cash).to_i64(),
        "RealBalance": float(cash),
        "CashAccountBalance": float(cash.max(Decimal::ZERO)),
        "IncomeIntoAccountBalance": 0.0, "PresentAccountBalance": 0.0, "FreezeAmount": 0.0,
        "OweAmount": float(owed),
        "IsAllowArrears": !credit.is_zero(), "IsCreditLimited": !credit.is_zero(),
        "CreditAmount": float(credit), "CreditBalance": float(cash + credit), "RealCreditBalance": float(cash + credit),
        "TempCredit": if temporary { json!(0.0) } else { Value::Null },
        "TempAmountInfoList": if temporary { json!([]) } else { Value::Null },
    }))
}

fn fen(yuan: Decimal) -> Decimal {
    (yuan * Decimal::ONE_HUNDRED).round()
}

fn float(yuan: Decimal) -> f64 {
    fen(yuan).to_f64().unwrap_or_default()
}
