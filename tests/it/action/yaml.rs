//! YAML as JSON values: as much as the files of this repository need.

use std::path::Path;

use saphyr_parser::{Event, Parser};
use serde_json::{Map, Value};

/// Reads a file of this repository that holds one document. Scalars stay text.
pub(super) fn read(path: &str) -> Value {
    let text =
        std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).expect("the file is there");
    let events: Vec<Event<'_>> = Parser::new_from_str(&text)
        .map(|event| event.unwrap_or_else(|error| panic!("{path}: {error}")).0)
        .filter(|event| !matches!(event, Event::StreamStart | Event::DocumentStart(_)))
        .collect();
    let mut events = events.into_iter();
    let value = node(events.next().expect("the document is not empty"), &mut events);
    assert!(matches!(events.next(), Some(Event::DocumentEnd)), "{path}");
    assert!(matches!(events.next(), Some(Event::StreamEnd)), "{path} holds one document");
    value
}

fn node<'t>(event: Event<'t>, rest: &mut impl Iterator<Item = Event<'t>>) -> Value {
    match event {
        Event::Scalar(text, ..) => Value::String(text.into_owned()),
        Event::SequenceStart(..) => {
            let mut items = Vec::new();
            loop {
                match next(rest) {
                    Event::SequenceEnd => return Value::Array(items),
                    first => items.push(node(first, rest)),
                }
            }
        }
        Event::MappingStart(..) => {
            let mut entries = Map::new();
            loop {
                let key = match next(rest) {
                    Event::MappingEnd => return Value::Object(entries),
                    Event::Scalar(key, ..) => key.into_owned(),
                    other => panic!("no key: {other:?}"),
                };
                let first = next(rest);
                let value = node(first, rest);
                assert!(entries.insert(key.clone(), value).is_none(), "`{key}` stands there twice");
            }
        }
        other => panic!("not expected here: {other:?}"),
    }
}

fn next<'t>(rest: &mut impl Iterator<Item = Event<'t>>) -> Event<'t> {
    rest.next().expect("the document goes on")
}
