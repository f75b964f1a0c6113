//! Where in a document are we?

use serde_json::Value;

use super::{fault::Fault, fault_code::FaultCode};

/// A place in the document: a value and how one comes to it.
#[derive(Clone, Copy)]
pub(super) struct At<'a> {
    value: &'a Value,
    above: Option<&'a At<'a>>,
    step: Step<'a>,
}

#[derive(Clone, Copy)]
enum Step<'a> {
    Document,
    Field(&'a str),
    Index(usize),
}

/// Stands where a field is not there.
static ABSENT: Value = Value::Null;

impl<'a> At<'a> {
    /// The document as a whole.
    pub(super) fn document(value: &'a Value) -> Self {
        At {
            value,
            above: None,
            step: Step::Document,
        }
    }

    /// A field of this object; an absent one if this is no object or has no such field.
    pub(super) fn field<'b>(&'b self, name: &'b str) -> At<'b> {
        At {
            value: self.value.get(name).unwrap_or(&ABSENT),
            above: Some(self),
            step: Step::Field(name),
        }
    }

    /// An element of this list; an absent one past its end.
    pub(super) fn element(&self, index: usize) -> At<'_> {
        At {
            value: self.value.get(index).unwrap_or(&ABSENT),
            above: Some(self),
            step: Step::Index(index),
        }
    }

    /// The value that stands here.
    pub(super) fn value(&self) -> &'a Value {
        self.value
    }

    /// Whether nothing is said here, or there is no value at all.
    pub(super) fn is_empty(&self) -> bool {
        is_empty(self.value)
    }

    /// A fault of what stands here.
    pub(super) fn fault(&self, code: FaultCode, args: &[(&'static str, &str)]) -> Fault {
        Fault::new(self.path(), self.position(), code, args)
    }

    /// The path, such as `contacts[0].email`.
    fn path(&self) -> String {
        let mut path = self.above.map(At::path).unwrap_or_default();
        match self.step {
            Step::Document => {}
            Step::Field(name) if path.is_empty() => path.push_str(name),
            Step::Field(name) => path.extend([".", name]),
            Step::Index(index) => path.push_str(&format!("[{index}]")),
        }
        path
    }

    /// Where this stands in the document, for sorting; what is not there stands last in its object.
    fn position(&self) -> Vec<usize> {
        let Some(above) = self.above else {
            return Vec::new();
        };
        let mut position = above.position();
        position.push(match self.step {
            Step::Document => 0,
            Step::Index(index) => index,
            Step::Field(name) => {
                let found = above
                    .value
                    .as_object()
                    .and_then(|o| o.keys().position(|key| key == name));
                found.unwrap_or(usize::MAX)
            }
        });
        position
    }
}

/// Whether a value says nothing: `null`, an empty text or list, or an object whose fields all say nothing.
pub(super) fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(list) => list.is_empty(),
        Value::Object(fields) => fields.values().all(is_empty),
        Value::Bool(_) | Value::Number(_) => false,
    }
}
