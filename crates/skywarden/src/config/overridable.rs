//! Sections that hold for all accounts, and what one account may say differently.

/// Declares the global section and the override of an account from one list of keys, so that no key
/// can be forgotten in either. The global section has `accounts` besides: whom it is for.
macro_rules! overridable {
    (
        $(#[$about_section:meta])* $section:ident,
        $(#[$about_override:meta])* $over:ident;
        $($(#[$about:meta])* $key:ident: $kind:ty;)*
    ) => {
        $(#[$about_section])*
        #[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
        #[serde(deny_unknown_fields, default)]
        pub struct $section {
            $($(#[$about])* pub $key: $kind,)*
            /// The accounts it is for; all of them when empty.
            pub accounts: Vec<Name>,
        }

        $(#[$about_override])*
        #[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
        #[serde(deny_unknown_fields, default)]
        pub struct $over {
            $($(#[$about])*
            #[serde(skip_serializing_if = "Option::is_none")]
            pub $key: Option<$kind>,)*
        }

        impl $section {
            /// Returns these settings with those of `over` in place of the global ones.
            #[must_use]
            pub fn overridden_by(&self, over: &$over) -> Self {
                let mut merged = self.clone();
                $(if let Some(value) = &over.$key {
                    merged.$key = value.clone();
                })*
                merged
            }
        }
    };
}

pub(super) use overridable;
