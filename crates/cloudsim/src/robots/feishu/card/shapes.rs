//! The properties of card JSON 2.0, component by component.
//!
//! Source: the vendor's pages "card JSON 2.0 structure" and "components (JSON 2.0)".

/// What a value must look like.
pub(super) enum Shape {
    /// Anything.
    Any,
    /// A text.
    Text,
    /// A number.
    Number,
    /// `true` or `false`.
    Flag,
    /// Only `true`.
    True,
    /// `"8px"`, `"medium"`, or a number.
    Length,
    /// One of these words.
    OneOf(&'static [&'static str]),
    /// A whole number in this range.
    Between(i64, i64),
    /// An object with these properties and no others.
    Object(&'static [Property]),
    /// A list of values of one shape.
    List(&'static Self),
    /// A list of components.
    Components,
}

/// A property's name and shape.
pub(super) type Property = (&'static str, Shape);

/// The tags that a card 1.0 may have right under `elements`.
pub(super) const OLD_COMPONENTS: &[&str] = &[
    "div",
    "markdown",
    "hr",
    "img",
    "note",
    "action",
    "column_set",
    "table",
    "chart",
    "person",
    "person_list",
    "collapsible_panel",
    "interactive_container",
    "img_combination",
];

/// Returns the properties of a component, or `None` when a custom bot's card cannot have it.
pub(super) fn component(tag: &str) -> Option<&'static [Property]> {
    Some(match tag {
        "markdown" => MARKDOWN,
        "div" => DIV,
        "hr" => HR,
        "img" => IMG,
        "img_combination" => IMG_COMBINATION,
        "table" => TABLE,
        "chart" => CHART,
        "person" => PERSON,
        "person_list" => PERSON_LIST,
        "button" => BUTTON,
        "column_set" => COLUMN_SET,
        "collapsible_panel" => COLLAPSIBLE_PANEL,
        "interactive_container" => INTERACTIVE_CONTAINER,
        _ => return None,
    })
}

pub(super) const CARD: &[Property] = &[
    ("schema", Shape::Text),
    ("config", Shape::Object(CONFIG)),
    ("card_link", Shape::Object(LINK)),
    ("header", Shape::Object(HEADER)),
    ("body", Shape::Object(BODY)),
];

const CONFIG: &[Property] = &[
    ("streaming_mode", Shape::Flag),
    ("streaming_config", Shape::Any),
    (
        "summary",
        Shape::Object(&[("content", Shape::Text), ("i18n_content", Shape::Any)]),
    ),
    ("locales", Shape::List(&Shape::Text)),
    ("enable_forward", Shape::Flag),
    ("update_multi", Shape::True),
    ("width_mode", Shape::OneOf(&["default", "compact", "fill"])),
    ("use_custom_translation", Shape::Flag),
    ("enable_forward_interaction", Shape::Flag),
    (
        "style",
        Shape::Object(&[("text_size", Shape::Any), ("color", Shape::Any)]),
    ),
];

const LINK: &[Property] = &[
    ("url", Shape::Text),
    ("pc_url", Shape::Text),
    ("ios_url", Shape::Text),
    ("android_url", Shape::Text),
];

const TEMPLATES: &[&str] = &[
    "blue",
    "wathet",
    "turquoise",
    "green",
    "yellow",
    "orange",
    "red",
    "carmine",
    "violet",
    "purple",
    "indigo",
    "grey",
    "default",
];

const HEADER: &[Property] = &[
    ("title", Shape::Object(TEXT)),
    ("subtitle", Shape::Object(TEXT)),
    ("text_tag_list", Shape::List(&Shape::Object(TEXT_TAG))),
    ("i18n_text_tag_list", Shape::Any),
    ("template", Shape::OneOf(TEMPLATES)),
    ("icon", Shape::Object(ICON)),
    ("padding", Shape::Length),
];

const TEXT_TAG: &[Property] = &[
    ("tag", Shape::OneOf(&["text_tag"])),
    ("element_id", Shape::Text),
    ("text", Shape::Object(TEXT)),
    ("color", Shape::Text),
];

const TEXT: &[Property] = &[
    ("tag", Shape::OneOf(&["plain_text", "lark_md"])),
    ("element_id", Shape::Text),
    ("content", Shape::Text),
    ("i18n_content", Shape::Any),
    ("text_size", Shape::Text),
    ("text_align", Shape::OneOf(ALIGN)),
    ("text_color", Shape::Text),
    ("lines", Shape::Number),
];

const ICON: &[Property] = &[
    ("tag", Shape::OneOf(&["standard_icon", "custom_icon"])),
    ("token", Shape::Text),
    ("color", Shape::Text),
    ("img_key", Shape::Text),
    ("size", Shape::Text),
];

const ALIGN: &[&str] = &["left", "center", "right"];
const VERTICAL_ALIGN: &[&str] = &["top", "center", "bottom"];
const DIRECTION: &[&str] = &["vertical", "horizontal"];

const BODY: &[Property] = &[
    ("direction", Shape::OneOf(DIRECTION)),
    ("padding", Shape::Length),
    ("horizontal_spacing", Shape::Length),
    ("horizontal_align", Shape::OneOf(ALIGN)),
    ("vertical_spacing", Shape::Length),
    ("vertical_align", Shape::OneOf(VERTICAL_ALIGN)),
    ("elements", Shape::Components),
];

const MARKDOWN: &[Property] = &[
    ("tag", Shape::Text),
    ("element_id", Shape::Text),
    ("margin", Shape::Length),
    ("content", Shape::Text),
    ("i18n_content", Shape::Any),
    ("text_align", Shape::OneOf(ALIGN)),
    ("text_size", Shape::Text),
    ("icon", Shape::Object(ICON)),
];

const DIV: &[Property] = &[
    ("tag", Shape::Text),
    ("element_id", Shape::Text),
    ("margin", Shape::Length),
    ("width", Shape::Length),
    ("text", Shape::Object(TEXT)),
    ("fields", Shape::List(&Shape::Object(FIELD))),
    ("icon", Shape::Object(ICON)),
];

const FIELD: &[Property] = &[("is_short", Shape::Flag), ("text", Shape::Object(TEXT))];

const HR: &[Property] = &[
    ("tag", Shape::Text),
    ("element_id", Shape::Text),
    ("margin", Shape::Length),
];

const IMG: &[Property] = &[
    ("tag", Shape::Text),
    ("element_id", Shape::Text),
    ("margin", Shape::Length),
    ("img_key", Shape::Text),
    ("i18n_img_key", Shape::Any),
    ("alt", Shape::Object(TEXT)),
    ("title", Shape::Object(TEXT)),
    ("corner_radius", Shape::Length),
    ("scale_type", Shape::Text),
    ("size", Shape::Text),
    ("transparent", Shape::Flag),
    ("preview", Shape::Flag),
];

const IMG_COMBINATION: &[Property] = &[
    ("tag", Shape::Text),
    ("element_id", Shape::Text),
    ("margin", Shape::Length),
    ("combination_mode", Shape::Text),
    ("combination_transparent", Shape::Flag),
    ("corner_radius", Shape::Length),
    (
        "img_list",
        Shape::List(&Shape::Object(&[("img_key", Shape::Text)])),
    ),
    ("img_list_length", Shape::Number),
];

const TABLE: &[Property] = &[
    ("tag", Shape::Text),
    ("element_id", Shape::Text),
    ("margin", Shape::Length),
    ("page_size", Shape::Between(1, 10)),
    ("row_height", Shape::Text),
    ("row_max_height", Shape::Text),
    ("freeze_first_column", Shape::Flag),
    ("header_style", Shape::Object(HEADER_STYLE)),
    ("columns", Shape::List(&Shape::Object(TABLE_COLUMN))),
    ("rows", Shape::List(&Shape::Any)),
];

const HEADER_STYLE: &[Property] = &[
    ("text_align", Shape::OneOf(ALIGN)),
    ("text_size", Shape::Text),
    ("background_style", Shape::OneOf(&["none", "grey"])),
    ("text_color", Shape::Text),
    ("bold", Shape::Flag),
    ("lines", Shape::Number),
];

const CELL_TYPES: &[&str] = &[
    "text", "lark_md", "options", "number", "persons", "date", "markdown",
];

const TABLE_COLUMN: &[Property] = &[
    ("name", Shape::Text),
    ("display_name", Shape::Text),
    ("width", Shape::Length),
    ("data_type", Shape::OneOf(CELL_TYPES)),
    ("vertical_align", Shape::OneOf(VERTICAL_ALIGN)),
    ("horizontal_align", Shape::OneOf(ALIGN)),
    ("format", Shape::Any),
    ("date_format", Shape::Text),
];

const CHART: &[Property] = &[
    ("tag", Shape::Text),
    ("element_id", Shape::Text),
    ("margin", Shape::Length),
    ("aspect_ratio", Shape::Text),
    ("color_theme", Shape::Text),
    ("chart_spec", Shape::Any),
    ("preview", Shape::Flag),
    ("height", Shape::Length),
];

const PERSON: &[Property] = &[
    ("tag", Shape::Text),
    ("element_id", Shape::Text),
    ("margin", Shape::Length),
    ("size", Shape::Text),
    ("user_id", Shape::Text),
    ("show_avatar", Shape::Flag),
    ("show_name", Shape::Flag),
    ("style", Shape::Text),
];

const PERSON_LIST: &[Property] = &[
    ("tag", Shape::Text),
    ("element_id", Shape::Text),
    ("margin", Shape::Length),
    (
        "persons",
        Shape::List(&Shape::Object(&[("id", Shape::Text)])),
    ),
    ("size", Shape::Text),
    ("lines", Shape::Number),
    ("show_name", Shape::Flag),
    ("show_avatar", Shape::Flag),
    ("drop_invalid_user_id", Shape::Flag),
    ("icon", Shape::Object(ICON)),
];

const BUTTON: &[Property] = &[
    ("tag", Shape::Text),
    ("element_id", Shape::Text),
    ("margin", Shape::Length),
    ("type", Shape::OneOf(BUTTON_TYPES)),
    ("size", Shape::OneOf(&["tiny", "small", "medium", "large"])),
    ("width", Shape::Length),
    ("text", Shape::Object(TEXT)),
    ("icon", Shape::Object(ICON)),
    ("hover_tips", Shape::Object(TEXT)),
    ("disabled", Shape::Flag),
    ("disabled_tips", Shape::Object(TEXT)),
    ("confirm", Shape::Object(CONFIRM)),
    ("behaviors", Shape::List(&Shape::Object(OPEN_URL))),
];

const BUTTON_TYPES: &[&str] = &[
    "default",
    "primary",
    "danger",
    "text",
    "primary_text",
    "danger_text",
    "primary_filled",
    "danger_filled",
    "laser",
];

const CONFIRM: &[Property] = &[
    ("title", Shape::Object(TEXT)),
    ("text", Shape::Object(TEXT)),
];

/// The one behavior of a bot without callbacks.
const OPEN_URL: &[Property] = &[
    ("type", Shape::OneOf(&["open_url"])),
    ("default_url", Shape::Text),
    ("pc_url", Shape::Text),
    ("ios_url", Shape::Text),
    ("android_url", Shape::Text),
];

const COLUMN_SET: &[Property] = &[
    ("tag", Shape::Text),
    ("element_id", Shape::Text),
    ("margin", Shape::Length),
    (
        "flex_mode",
        Shape::OneOf(&["none", "stretch", "flow", "bisect", "trisect"]),
    ),
    ("horizontal_spacing", Shape::Length),
    ("horizontal_align", Shape::OneOf(ALIGN)),
    ("background_style", Shape::Text),
    (
        "action",
        Shape::Object(&[("multi_url", Shape::Object(LINK))]),
    ),
    ("columns", Shape::List(&Shape::Object(COLUMN))),
];

const COLUMN: &[Property] = &[
    ("tag", Shape::OneOf(&["column"])),
    ("element_id", Shape::Text),
    ("margin", Shape::Length),
    ("padding", Shape::Length),
    ("width", Shape::Length),
    ("weight", Shape::Between(1, 5)),
    ("background_style", Shape::Text),
    ("direction", Shape::OneOf(DIRECTION)),
    ("horizontal_spacing", Shape::Length),
    ("horizontal_align", Shape::OneOf(ALIGN)),
    ("vertical_spacing", Shape::Length),
    ("vertical_align", Shape::OneOf(VERTICAL_ALIGN)),
    (
        "action",
        Shape::Object(&[("multi_url", Shape::Object(LINK))]),
    ),
    ("elements", Shape::Components),
];

const COLLAPSIBLE_PANEL: &[Property] = &[
    ("tag", Shape::Text),
    ("element_id", Shape::Text),
    ("margin", Shape::Length),
    ("padding", Shape::Length),
    ("expanded", Shape::Flag),
    ("direction", Shape::OneOf(DIRECTION)),
    ("horizontal_spacing", Shape::Length),
    ("horizontal_align", Shape::OneOf(ALIGN)),
    ("vertical_spacing", Shape::Length),
    ("vertical_align", Shape::OneOf(VERTICAL_ALIGN)),
    ("background_color", Shape::Text),
    (
        "border",
        Shape::Object(&[("color", Shape::Text), ("corner_radius", Shape::Length)]),
    ),
    ("header", Shape::Object(PANEL_HEADER)),
    ("elements", Shape::Components),
];

const PANEL_HEADER: &[Property] = &[
    ("title", Shape::Object(PANEL_TITLE)),
    ("background_color", Shape::Text),
    ("vertical_align", Shape::OneOf(VERTICAL_ALIGN)),
    ("padding", Shape::Length),
    ("position", Shape::OneOf(&["top", "bottom"])),
    ("width", Shape::OneOf(&["fill", "auto", "auto_when_fold"])),
    ("icon", Shape::Object(ICON)),
    (
        "icon_position",
        Shape::OneOf(&["left", "right", "follow_text"]),
    ),
    ("icon_expanded_angle", Shape::Number),
];

const PANEL_TITLE: &[Property] = &[
    ("tag", Shape::OneOf(&["plain_text", "markdown"])),
    ("element_id", Shape::Text),
    ("content", Shape::Text),
    ("i18n_content", Shape::Any),
    ("text_size", Shape::Text),
    ("text_align", Shape::OneOf(ALIGN)),
    ("text_color", Shape::Text),
];

const INTERACTIVE_CONTAINER: &[Property] = &[
    ("tag", Shape::Text),
    ("element_id", Shape::Text),
    ("margin", Shape::Length),
    ("padding", Shape::Length),
    ("width", Shape::Length),
    ("height", Shape::Length),
    ("direction", Shape::OneOf(DIRECTION)),
    ("horizontal_spacing", Shape::Length),
    ("horizontal_align", Shape::OneOf(ALIGN)),
    ("vertical_spacing", Shape::Length),
    ("vertical_align", Shape::OneOf(VERTICAL_ALIGN)),
    ("background_style", Shape::Text),
    ("has_border", Shape::Flag),
    ("border_color", Shape::Text),
    ("corner_radius", Shape::Length),
    ("behaviors", Shape::List(&Shape::Object(OPEN_URL))),
    ("hover_tips", Shape::Object(TEXT)),
    ("disabled", Shape::Flag),
    ("disabled_tips", Shape::Object(TEXT)),
    ("confirm", Shape::Object(CONFIRM)),
    ("elements", Shape::Components),
];
