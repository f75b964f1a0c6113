//! How is JSON read so that nothing is said twice?

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

use super::{
    bounds::DRAFT_DEPTH_MAX,
    fault::{FAULTS_MAX, Fault, Faults},
    fault_code::FaultCode,
};

/// Reads one JSON value. An object that names a field twice is refused: of two phone numbers
/// nobody could tell which one counts, and programs differ in which they take.
pub(crate) fn parse(bytes: &[u8]) -> Result<Value, Faults> {
    let mut repeated = Vec::new();
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let read = Seed {
        repeated: &mut repeated,
    }
    .deserialize(&mut reader);
    let value = read
        .and_then(|value| reader.end().map(|()| value))
        .map_err(not_json)?;
    if repeated.is_empty() {
        return Ok(value);
    }
    let fault = |name: &String| {
        Fault::new(
            name.clone(),
            Vec::new(),
            FaultCode::RepeatedField,
            &[("name", name)],
        )
    };
    Err(Faults::new(repeated.iter().map(fault).collect()))
}

fn not_json(error: serde_json::Error) -> Faults {
    let detail = error.to_string();
    if detail.starts_with("recursion limit") {
        return Faults::of_document(FaultCode::TooDeep, &[("max", &DRAFT_DEPTH_MAX.to_string())]);
    }
    Faults::of_document(FaultCode::NotJson, &[("detail", &detail)])
}

/// Reads a value and notes the names of fields that come twice in one object.
struct Seed<'r> {
    repeated: &'r mut Vec<String>,
}

impl<'de> DeserializeSeed<'de> for Seed<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Seed<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, flag: bool) -> Result<Value, E> {
        Ok(Value::Bool(flag))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Value, E> {
        Ok(number.into())
    }

    fn visit_u64<E>(self, number: u64) -> Result<Value, E> {
        Ok(number.into())
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Value, E> {
        let number = Number::from_f64(number).ok_or_else(|| E::custom("number out of range"))?;
        Ok(Value::Number(number))
    }

    fn visit_str<E>(self, text: &str) -> Result<Value, E> {
        Ok(Value::String(text.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(element) = elements.next_element_seed(Seed {
            repeated: &mut *self.repeated,
        })? {
            list.push(element);
        }
        Ok(Value::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let mut fields = Map::new();
        while let Some(name) = entries.next_key::<String>()? {
            let value = entries.next_value_seed(Seed {
                repeated: &mut *self.repeated,
            })?;
            if fields.contains_key(&name) && self.repeated.len() < FAULTS_MAX {
                self.repeated.push(name.clone());
            }
            fields.insert(name, value);
        }
        Ok(Value::Object(fields))
    }
}
