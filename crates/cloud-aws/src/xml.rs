//! Reads XML into a flat tree and typed rows out of that: text, lists and structures, which is all that
//! the answers of AWS consist of.
//!
//! A page of a long list has tens of thousands of elements: of such a list the tree has one row at a
//! time.
//!
//! Rows derive `Deserialize` as for any other format. quick-xml reads; its own deserializer, which
//! looks ahead in the stream of events, makes many times the code for each type of row (measured: a
//! twentieth of the program).

use std::borrow::Cow;
use std::fmt;

use quick_xml::Reader;
use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::{BytesRef, BytesStart, Event};
use serde::de::value::StrDeserializer;
use serde::de::{
    self, DeserializeOwned, DeserializeSeed, Deserializer, IntoDeserializer as _, MapAccess,
    SeqAccess, Visitor,
};
use serde::forward_to_deserialize_any;

/// Why a text is not the XML that was expected.
#[derive(Debug, thiserror::Error)]
pub(crate) enum XmlError {
    /// It is no XML.
    #[error(transparent)]
    Syntax(#[from] quick_xml::Error),
    /// It ends before its outermost element does.
    #[error("the text ends too early")]
    Unfinished,
    /// It names something that only a document type could tell.
    #[error("nobody knows what `&{0};` stands for")]
    Entity(String),
    /// It is XML of another shape.
    #[error("{0}")]
    Shape(String),
}

impl de::Error for XmlError {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self::Shape(message.to_string())
    }
}

/// Reads the outermost element of `text`. Attributes and name spaces are passed over.
///
/// # Errors
///
/// When it is no XML, not whole, or not of this shape.
pub(crate) fn read<T: DeserializeOwned>(text: &str) -> Result<T, XmlError> {
    root_of(&parse(text, None)?)
}

/// Reads the outermost element of `text` without the rows of its long list, and hands those to `take`
/// one by one, as they come: `sets` are the names of the list and of the lists inside its rows, of which
/// the innermost has the rows that are meant. Returns `None` when there is no such list.
///
/// # Errors
///
/// When it is no XML, not whole, or not of this shape; rows may have been handed out by then.
pub(crate) fn read_rows<T: DeserializeOwned, R: DeserializeOwned>(
    text: &str,
    sets: &[&str],
    mut take: impl FnMut(R),
) -> Result<Option<T>, XmlError> {
    let mut taken = |row: Value<'_>| {
        take(R::deserialize(row)?);
        Ok(())
    };
    let mut rows = Rows {
        sets,
        take: &mut taken,
        is_there: false,
    };
    let tree = parse(text, Some(&mut rows))?;
    let rest = root_of(&tree)?;
    Ok(rows.is_there.then_some(rest))
}

fn root_of<T: DeserializeOwned>(tree: &[Element<'_>]) -> Result<T, XmlError> {
    T::deserialize(Value {
        tree,
        place: 0,
        end: tree.len(),
    })
}

/// The rows that do not stay in the tree.
struct Rows<'r> {
    sets: &'r [&'r str],
    take: &'r mut dyn FnMut(Value<'_>) -> Result<(), XmlError>,
    /// Whether there is a list at all.
    is_there: bool,
}

impl Rows<'_> {
    /// Takes the element that was read last out of the tree, when it is a row.
    fn closed(
        &mut self,
        tree: &mut Vec<Element<'_>>,
        open: &[usize],
        place: usize,
    ) -> Result<(), XmlError> {
        let name = |place: &usize| tree[*place].name;
        self.is_there |= open.len() == 1 && self.sets.first() == Some(&name(&place));
        // Outermost element, list, row, list inside it, row.
        let depth = open.len() / 2;
        let is_row = open.len().is_multiple_of(2)
            && (1..=self.sets.len()).contains(&depth)
            && open
                .iter()
                .skip(1)
                .step_by(2)
                .map(name)
                .eq(self.sets[..depth].iter().copied())
            && open
                .iter()
                .skip(2)
                .step_by(2)
                .chain([&place])
                .map(name)
                .all(is_row_name);
        if !is_row {
            return Ok(());
        }
        if depth == self.sets.len() {
            (self.take)(Value {
                tree,
                place,
                end: tree.len(),
            })?;
        }
        tree.truncate(place);
        if let Some(list) = open.last() {
            tree[*list].end = EMPTIED;
        }
        Ok(())
    }
}

/// Returns whether rows of lists are called so.
fn is_row_name(name: &str) -> bool {
    matches!(name, "item" | "member")
}

/// Stands as the end of an element that is open.
const OPEN: usize = usize::MAX;
/// Stands as the end of an element that is open and had elements inside it, which were taken out.
const EMPTIED: usize = OPEN - 1;

/// An element; those inside it follow it.
struct Element<'a> {
    name: &'a str,
    /// Its own text, when there are no elements inside it.
    text: Cow<'a, str>,
    /// The place of the first element that is not inside it.
    end: usize,
}

fn parse<'a>(text: &'a str, mut rows: Option<&mut Rows<'_>>) -> Result<Vec<Element<'a>>, XmlError> {
    let mut reader = Reader::from_str(text);
    let mut tree: Vec<Element<'a>> = Vec::new();
    let mut open: Vec<usize> = Vec::new();
    loop {
        let from = usize::try_from(reader.buffer_position()).unwrap_or(usize::MAX);
        match reader.read_event()? {
            Event::Start(tag) => {
                open.push(tree.len());
                tree.push(Element::new(text, from, &tag));
            }
            Event::Empty(tag) => {
                let mut element = Element::new(text, from, &tag);
                let place = tree.len();
                element.end = place + 1;
                tree.push(element);
                if let Some(rows) = &mut rows {
                    rows.closed(&mut tree, &open, place)?;
                }
            }
            Event::End(_) => {
                let place = open.pop().ok_or(XmlError::Unfinished)?;
                tree[place].end = tree.len();
                if let Some(rows) = &mut rows {
                    rows.closed(&mut tree, &open, place)?;
                }
            }
            Event::Text(piece) => say(&mut tree, &open, piece.xml10_content()),
            Event::CData(piece) => say(&mut tree, &open, piece.xml10_content()),
            Event::GeneralRef(reference) => {
                let meant = meaning(&reference)?;
                say(&mut tree, &open, meant);
            }
            Event::Eof if open.is_empty() && !tree.is_empty() => return Ok(tree),
            Event::Eof => return Err(XmlError::Unfinished),
            Event::Comment(_) | Event::Decl(_) | Event::PI(_) | Event::DocType(_) => {}
        }
    }
}

impl<'a> Element<'a> {
    /// The element whose tag begins at `from`; quick-xml lends names for a moment only.
    fn new(text: &'a str, from: usize, tag: &BytesStart<'_>) -> Self {
        let length = tag.name().as_ref().len();
        let name = text.get(from + 1..).and_then(|it| it.get(..length));
        let name = name.unwrap_or_default();
        Self {
            name: name.rsplit_once(':').map_or(name, |(_, local)| local),
            text: Cow::Borrowed(""),
            end: OPEN,
        }
    }
}

/// Adds to the text of the element that is open, unless it is the space between the elements inside it.
fn say<'a>(tree: &mut [Element<'a>], open: &[usize], piece: Cow<'a, str>) {
    let is_leaf = open.last().is_some_and(|place| place + 1 == tree.len());
    if let (true, Some(element)) = (is_leaf, tree.last_mut())
        && element.end == OPEN
    {
        match element.text.is_empty() {
            true => element.text = piece,
            false => element.text.to_mut().push_str(&piece),
        }
    }
}

fn meaning(reference: &BytesRef<'_>) -> Result<Cow<'static, str>, XmlError> {
    if let Some(character) = reference.resolve_char_ref()? {
        return Ok(Cow::Owned(character.to_string()));
    }
    let known = resolve_predefined_entity(reference);
    known
        .map(Cow::Borrowed)
        .ok_or_else(|| XmlError::Entity(reference.to_string()))
}

/// An element and those of its name that follow it up to `end`: one value, or a list of them.
#[derive(Clone, Copy)]
struct Value<'t> {
    tree: &'t [Element<'t>],
    place: usize,
    end: usize,
}

impl<'t> Value<'t> {
    /// The next of the same name.
    fn next(self) -> Option<Self> {
        let name = self.tree[self.place].name;
        let mut place = self.tree[self.place].end;
        while place < self.end {
            if self.tree[place].name == name {
                return Some(Self { place, ..self });
            }
            place = self.tree[place].end;
        }
        None
    }

    /// The element, when it is the only one.
    fn only(self) -> Result<&'t Element<'t>, XmlError> {
        let element = &self.tree[self.place];
        match self.next() {
            None => Ok(element),
            Some(_) => Err(XmlError::Shape(format!("`{}` stands twice", element.name))),
        }
    }
}

impl<'de> Deserializer<'de> for Value<'_> {
    type Error = XmlError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, XmlError> {
        visitor.visit_str(&self.only()?.text)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, XmlError> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, XmlError> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, XmlError> {
        visitor.visit_seq(Items { next: Some(self) })
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, XmlError> {
        let element = self.only()?;
        visitor.visit_map(Fields {
            tree: self.tree,
            next: self.place + 1,
            end: element.end,
            seen: Vec::new(),
            place: self.place,
        })
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, XmlError> {
        self.deserialize_map(visitor)
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, XmlError> {
        visitor.visit_unit()
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit
        unit_struct tuple tuple_struct enum identifier
    }
}

/// The elements of one name.
struct Items<'t> {
    next: Option<Value<'t>>,
}

impl<'de> SeqAccess<'de> for Items<'_> {
    type Error = XmlError;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, XmlError> {
        let Some(value) = self.next else {
            return Ok(None);
        };
        self.next = value.next();
        let end = value.tree[value.place].end;
        seed.deserialize(Value { end, ..value }).map(Some)
    }
}

/// What stands inside an element, by name.
struct Fields<'t> {
    tree: &'t [Element<'t>],
    /// The place of the next element that may be a field of its own.
    next: usize,
    end: usize,
    /// Names that were told: their values are lists, and were told whole.
    seen: Vec<&'t str>,
    /// The place of the field that was named last.
    place: usize,
}

impl<'de> MapAccess<'de> for Fields<'_> {
    type Error = XmlError;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, XmlError> {
        while self.next < self.end {
            let element = &self.tree[self.next];
            self.place = self.next;
            self.next = element.end;
            if !self.seen.contains(&element.name) {
                self.seen.push(element.name);
                let name: StrDeserializer<'_, XmlError> = element.name.into_deserializer();
                return seed.deserialize(name).map(Some);
            }
        }
        Ok(None)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, XmlError> {
        seed.deserialize(Value {
            tree: self.tree,
            place: self.place,
            end: self.end,
        })
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Default, PartialEq, Deserialize)]
    #[serde(default)]
    struct Row {
        id: String,
        #[serde(rename = "list")]
        lists: Option<List>,
        plain: Vec<String>,
    }

    #[derive(Debug, Default, PartialEq, Deserialize)]
    #[serde(default)]
    struct List {
        item: Vec<Row>,
    }

    fn row(inside: &str) -> Result<Row, XmlError> {
        read(&format!(
            "<?xml version=\"1.0\"?>\n<a:r x='1'>{inside}</a:r>\n"
        ))
    }

    #[test]
    fn texts_lists_and_structures_are_read_wherever_they_stand() {
        let read = row("<plain>1</plain><new><id>no</id></new><id>a<!-- b --> &amp;&#x4E00;<![CDATA[<c>]]></id>
             <list>\n <item><id>x</id></item>\n <item/> </list><plain/><n:plain> 3 </n:plain>")
        .unwrap();
        assert_eq!(read.id, "a &一<c>");
        assert_eq!(read.plain, ["1", "", " 3 "]);
        let items = read.lists.unwrap().item;
        assert_eq!((items.len(), items[0].id.as_str()), (2, "x"));
        assert_eq!(items[1], Row::default());
    }

    #[test]
    fn an_empty_list_is_there_and_a_missing_one_is_not() {
        assert_eq!(row("<list/>").unwrap().lists, Some(List::default()));
        assert_eq!(row("<list> </list>").unwrap().lists, Some(List::default()));
        assert_eq!(row("<id/>").unwrap(), Row::default());
    }

    #[test]
    fn rows_of_a_list_are_handed_out_one_by_one_and_the_rest_is_read() {
        fn rows(sets: &[&str], inside: &str) -> Result<(Option<Row>, Vec<Row>), XmlError> {
            let mut taken = Vec::new();
            let text = format!("<r>{inside}</r>");
            let rest = read_rows(&text, sets, |row: Row| taken.push(row))?;
            Ok((rest, taken))
        }
        let ids =
            |rows: &[Row]| -> String { rows.iter().map(|it| format!("{};", it.id)).collect() };
        let inside = "<id>r</id> <n:list>\n <item><id>1</id><list><item><id>no</id></item></list></item> <item/>
             <other><item><id>no</id></item></other> <member><id>2</id><new>3</new></member>\n</n:list> <plain>4</plain>";
        let (rest, taken) = rows(&["list"], inside).unwrap();
        let rest = rest.unwrap();
        assert_eq!(ids(&taken), "1;;2;");
        assert_eq!(ids(&taken[0].lists.as_ref().unwrap().item), "no;");
        assert_eq!(
            (rest.id.as_str(), &*rest.plain),
            ("r", &["4".to_owned()][..])
        );
        assert_eq!(rest.lists, Some(List::default()));

        let inside = "<list><item><id>no</id><list><item><id>1</id></item><item><id>2</id></item></list></item>
             <item><list/></item><item><list><item><id>3</id></item></list></item><item/></list>";
        let (rest, taken) = rows(&["list", "list"], inside).unwrap();
        assert_eq!(ids(&taken), "1;2;3;");
        assert_eq!(rest.unwrap().lists, Some(List::default()));

        for inside in ["<id/>", "<other><list/></other>"] {
            assert_eq!(rows(&["list"], inside).unwrap(), (None, Vec::new()));
        }
        for inside in [
            "<list><item><id>1</id><id>2</id></item></list>",
            "<list><item><id>1</id></item></list><list/>",
            "<list><item><id>1</id></item>",
        ] {
            assert!(rows(&["list"], inside).is_err(), "{inside}");
        }
    }

    #[test]
    fn what_is_no_whole_xml_of_the_shape_is_refused() {
        for inside in [
            "<id>1</id><id>2</id>",
            "<list/><list/>",
            "<id>&who;</id>",
            "<id>",
            "<id></list>",
        ] {
            assert!(row(inside).is_err(), "{inside}");
        }
        for text in ["", "  ", "no xml", "<r>", "<r><id>1</id>", "</r>"] {
            assert!(read::<Row>(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_text_that_is_nested_without_end_takes_no_stack() {
        let deep = format!(
            "<r>{}{}</r>",
            "<new>".repeat(200_000),
            "</new>".repeat(200_000)
        );
        assert_eq!(read::<Row>(&deep).unwrap(), Row::default());
    }
}
