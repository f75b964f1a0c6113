//! Where in a row a value stands, and where in a listing it goes.

use serde_json::{Map, Value};

/// One step into a value.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Step {
    Name(String),
    Index(usize),
    /// All elements when reading, a new one when writing.
    Each,
}

/// A path such as `websites[]`, `hours.notes` or `contacts[0].email`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Path {
    written: String,
    steps: Vec<Step>,
}

/// Elements of a list that a mapping may name by number; listings have none longer.
const MAX_INDEX: usize = 99;

/// Steps of a path; deeper lies nothing that a listing holds.
const MAX_STEPS: usize = 8;

impl Path {
    /// Reads a path; `None` if it is not one.
    pub(crate) fn parse(written: &str) -> Option<Path> {
        let mut steps = Vec::new();
        for part in written.split('.') {
            let (name, mut rest) = part.split_at(part.find('[').unwrap_or(part.len()));
            if name.trim().is_empty() || name.contains(']') {
                return None;
            }
            steps.push(Step::Name(name.to_string()));
            while let Some(inner) = rest.strip_prefix('[') {
                let (index, after) = inner.split_once(']')?;
                steps.push(match index {
                    "" => Step::Each,
                    digits => Step::Index(digits.parse().ok().filter(|&i| i <= MAX_INDEX)?),
                });
                rest = after;
            }
            if !rest.is_empty() {
                return None;
            }
        }
        (steps.len() <= MAX_STEPS).then(|| Path {
            written: written.to_string(),
            steps,
        })
    }

    /// The path as it was written.
    pub(crate) fn written(&self) -> &str {
        &self.written
    }

    /// The first name of the path.
    pub(crate) fn top(&self) -> &str {
        match self.steps.first() {
            Some(Step::Name(name)) => name,
            _ => "",
        }
    }

    /// True if writing to it makes a new element of a list for each value.
    pub(crate) fn appends(&self) -> bool {
        self.steps.contains(&Step::Each)
    }

    /// All values that stand at this path of a row. A column whose name is the whole path, dots
    /// and brackets included, stands before a path.
    pub(crate) fn find<'v>(&self, row: &'v Map<String, Value>) -> Vec<&'v Value> {
        if let Some(value) = row.get(&self.written) {
            return vec![value];
        }
        let Some((Step::Name(name), rest)) = self.steps.split_first() else {
            return Vec::new();
        };
        let mut found: Vec<&Value> = row.get(name).into_iter().collect();
        for step in rest {
            found = found
                .into_iter()
                .flat_map(|value| take(value, step))
                .collect();
        }
        found
    }

    /// Writes a value at this path of a draft. Objects are merged, what is there already stays.
    /// `with` is added to the object that holds the value.
    pub(crate) fn put(
        &self,
        draft: &mut Map<String, Value>,
        value: Value,
        with: Option<&Map<String, Value>>,
    ) {
        let mut root = Value::Object(std::mem::take(draft));
        put_at(&mut root, &self.steps, value, with);
        if let Value::Object(object) = root {
            *draft = object;
        }
    }
}

fn take<'v>(value: &'v Value, step: &Step) -> Vec<&'v Value> {
    match step {
        Step::Name(name) => value.get(name).into_iter().collect(),
        Step::Index(index) => value.get(index).into_iter().collect(),
        Step::Each => value
            .as_array()
            .map(|list| list.iter().collect())
            .unwrap_or_default(),
    }
}

fn put_at(at: &mut Value, steps: &[Step], value: Value, with: Option<&Map<String, Value>>) {
    let Some((step, rest)) = steps.split_first() else {
        merge(at, value);
        return;
    };
    let next = match step {
        Step::Name(name) => {
            if !at.is_object() {
                *at = Value::Object(Map::new());
            }
            let Some(object) = at.as_object_mut() else {
                return;
            };
            if rest.is_empty()
                && let Some(with) = with
            {
                for (key, extra) in with {
                    object.entry(key.clone()).or_insert_with(|| extra.clone());
                }
            }
            object.entry(name.clone()).or_insert(Value::Null)
        }
        Step::Index(_) | Step::Each => {
            if !at.is_array() {
                *at = Value::Array(Vec::new());
            }
            let Some(list) = at.as_array_mut() else {
                return;
            };
            let index = if let Step::Index(index) = step {
                *index
            } else {
                list.len()
            };
            while list.len() <= index {
                list.push(Value::Null);
            }
            &mut list[index]
        }
    };
    put_at(next, rest, value, with);
}

fn merge(at: &mut Value, value: Value) {
    match (at, value) {
        (Value::Object(old), Value::Object(new)) => {
            for (name, value) in new {
                old.entry(name).or_insert(value);
            }
        }
        (at @ Value::Null, value) => *at = value,
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn object(value: Value) -> Map<String, Value> {
        value.as_object().cloned().unwrap_or_default()
    }

    #[test]
    fn a_path_finds_what_stands_there() {
        let row = object(json!({"a": {"b": [1, {"c": 2}, {"c": 3}]}, "x.y": 4, "w": ["u", "v"]}));
        for (path, found) in [
            ("a.b[0]", json!([1])),
            ("a.b[].c", json!([2, 3])),
            ("x.y", json!([4])),
            ("w[]", json!(["u", "v"])),
            ("w", json!([["u", "v"]])),
            ("none.b", json!([])),
        ] {
            let path = Path::parse(path).expect("a path");
            assert_eq!(json!(path.find(&row)), found, "{}", path.written());
        }
        for bad in [
            "", ".", "a..b", "a[", "a[x]", "a]", "a[100]", "a[0]b", "[0]",
        ] {
            assert_eq!(Path::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_path_writes_into_objects_and_lists() {
        let mut draft = Map::new();
        let with = object(json!({"kind": "website"}));
        for (path, value) in [
            ("name.en", json!("A")),
            ("links[].url", json!("u")),
            ("links[].url", json!("v")),
            ("places[0]", json!({"city": "K"})),
            ("places[0].city", json!("late")),
            ("places[0].country", json!("CA")),
        ] {
            let with = path.starts_with("links").then_some(&with);
            Path::parse(path)
                .expect("a path")
                .put(&mut draft, value, with);
        }
        let expected = json!({
            "name": {"en": "A"},
            "links": [{"kind": "website", "url": "u"}, {"kind": "website", "url": "v"}],
            "places": [{"city": "K", "country": "CA"}],
        });
        assert_eq!(Value::Object(draft), expected);
    }
}
