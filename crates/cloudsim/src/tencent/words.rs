//! What can be wrong with a call, in the cloud's words and in both its languages.

use super::received::Language;

/// Why a call is refused. The status is always 200: clients go by `Error`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trouble {
    /// What callers decide by.
    pub code: String,
    /// The words for people, in Chinese.
    pub chinese: String,
    /// The same in English.
    pub english: String,
}

impl Trouble {
    /// Returns a refusal.
    #[must_use]
    pub fn new(
        code: impl Into<String>,
        chinese: impl Into<String>,
        english: impl Into<String>,
    ) -> Self {
        Self {
            code: code.into(),
            chinese: chinese.into(),
            english: english.into(),
        }
    }

    /// Returns the words in `language`.
    #[must_use]
    pub fn message(&self, language: Language) -> &str {
        match language {
            Language::Chinese => &self.chinese,
            Language::English => &self.english,
        }
    }
}

pub(super) fn not_json() -> Trouble {
    Trouble::new(
        "InvalidParameter",
        "请求 body 不是合法的 JSON 对象。",
        "The request body is not a valid JSON object.",
    )
}

pub(super) fn missing(name: &str) -> Trouble {
    Trouble::new(
        "MissingParameter",
        format!("缺少参数 `{name}`。"),
        format!("The request is missing the required parameter `{name}`."),
    )
}

pub(super) fn unknown(name: &str) -> Trouble {
    Trouble::new(
        "UnknownParameter",
        format!("未知参数 `{name}`。"),
        format!("The parameter `{name}` is not recognized."),
    )
}

pub(super) fn wrong_form(name: &str) -> Trouble {
    Trouble::new(
        "InvalidParameter",
        format!("参数 `{name}` 取值类型错误。"),
        format!("The type of the value of parameter `{name}` is wrong."),
    )
}

pub(super) fn wrong_value(name: &str) -> Trouble {
    coded_value("InvalidParameterValue", name)
}

/// Returns the refusal of a value in a code of the service's own.
pub(super) fn coded_value(code: &str, name: &str) -> Trouble {
    Trouble::new(
        code,
        format!("参数 `{name}` 取值错误。"),
        format!("The value of parameter `{name}` is not valid."),
    )
}

pub(super) fn not_both(one: &str, other: &str) -> Trouble {
    Trouble::new(
        "InvalidParameter",
        format!("参数 `{one}` 和 `{other}` 不能同时指定。"),
        format!("The parameters `{one}` and `{other}` cannot be specified at the same time."),
    )
}

pub(super) fn unsupported_region(region: &str) -> Trouble {
    Trouble::new(
        "UnsupportedRegion",
        format!("不支持地域 `{region}`。"),
        format!("The region `{region}` is not supported."),
    )
}

pub(super) fn throttled(code: Option<&str>, per_second: f64) -> Trouble {
    let (limit, times) = (per_second, per_second + 1.0);
    Trouble::new(
        code.unwrap_or("RequestLimitExceeded"),
        format!("您当前每秒请求 `{times}` 次，超过了每秒频率上限 `{limit}`，请稍后重试。"),
        format!(
            "Your current request times equals to `{times}` in a second, which exceeds the frequency limit `{limit}` for a second. Please reduce the frequency of calls."
        ),
    )
}

/// Returns the refusal of a caller without the right to `operation`, which is told by its name.
pub(super) fn denied(operation: &str, request_id: &str) -> Trouble {
    let detail = format!(
        "[request id:{request_id}]you are not authorized to perform operation ({operation})\nresource (*) has no permission\n"
    );
    Trouble::new(
        "AuthFailure.UnauthorizedOperation",
        format!("操作未授权，请检查CAM策略。[{detail}]"),
        format!(
            "You are not authorized to perform this operation. Check your CAM policies, and ensure that you are using the correct access keys. [{detail}]"
        ),
    )
}

pub(super) fn expired_token() -> Trouble {
    Trouble::new(
        "AuthFailure.TokenFailure",
        "临时证书 token 无效或已过期。",
        "The token of the temporary credentials is not valid or has expired.",
    )
}

pub(super) fn unknown_key() -> Trouble {
    Trouble::new(
        "AuthFailure.SecretIdNotFound",
        "SecretId不存在，请输入正确的密钥。",
        "The SecretId is not found, please ensure that your SecretId is correct.",
    )
}

pub(super) fn stale() -> Trouble {
    Trouble::new(
        "AuthFailure.SignatureExpire",
        "签名已过期，请检查您的本地时间和标准时间是否一致，误差不得超过五分钟。",
        "The provided credentials are expired, please check your local time and the standard time.",
    )
}

pub(super) fn wrong_signature() -> Trouble {
    Trouble::new(
        "AuthFailure.SignatureFailure",
        "请求签名验证失败，请检查您的签名计算是否正确。",
        "The provided credentials could not be validated. Please check your signature is correct.",
    )
}

/// Returns the refusal of an `Authorization` that is not as it must be; `what` is for whoever reads it.
pub(super) fn bad_authorization(what: &str) -> Trouble {
    Trouble::new(
        "AuthFailure.InvalidAuthorization",
        format!("请求头部的 `Authorization` 不符合腾讯云标准：{what}。"),
        format!("The `Authorization` header does not conform to the standard: {what}."),
    )
}

pub(super) fn not_found(code: &str, what: &str) -> Trouble {
    Trouble::new(
        code,
        format!("资源 `{what}` 不存在。"),
        format!("The resource `{what}` is not found."),
    )
}

pub(super) fn internal() -> Trouble {
    Trouble::new(
        "InternalError",
        "内部错误。",
        "An internal error has occurred. Retry your request, but if the problem persists, contact us.",
    )
}
