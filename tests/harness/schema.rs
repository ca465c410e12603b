//! JSON Schema, as much of it as `book/json.schema.json` needs. A keyword that is not known here is
//! a fault of the schema: nothing in it goes unchecked.

use serde_json::{Map, Value};

/// A schema with its definitions.
#[derive(Clone, Debug)]
pub struct Schema(Value);

impl Schema {
    /// The schema of this text.
    pub fn new(text: &str) -> Self {
        Self(serde_json::from_str(text).expect("the schema is JSON"))
    }

    /// The whole of it.
    pub fn root(&self) -> &Value {
        &self.0
    }

    /// Its definitions by name.
    pub fn definitions(&self) -> &Map<String, Value> {
        self.0["$defs"].as_object().expect("the schema has definitions")
    }

    /// How a value is not as a definition says, a line for each fault.
    pub fn faults(&self, name: &str, value: &Value) -> Vec<String> {
        let mut faults = Vec::new();
        match self.definitions().get(name) {
            Some(schema) => self.check(schema, value, name, &mut faults),
            None => faults.push(format!("no definition `{name}`")),
        }
        faults
    }

    fn check(&self, schema: &Value, value: &Value, at: &str, faults: &mut Vec<String>) {
        let keywords = schema.as_object().expect("a schema is an object");
        for (keyword, wanted) in keywords {
            let is_so = match keyword.as_str() {
                "description" => true,
                "$ref" => {
                    let name = wanted.as_str().and_then(|path| path.strip_prefix("#/$defs/"));
                    let inner = name.and_then(|name| self.definitions().get(name));
                    self.check(inner.expect("it is defined"), value, at, faults);
                    true
                }
                "type" => is_of_type(wanted, value),
                "const" => wanted == value,
                "enum" => wanted.as_array().is_some_and(|all| all.contains(value)),
                "pattern" => value.as_str().is_none_or(|text| fits(wanted, text)),
                "minimum" => number(value).is_none_or(|own| Some(own) >= number(wanted)),
                "maximum" => number(value).is_none_or(|own| Some(own) <= number(wanted)),
                "minItems" => {
                    let len = value.as_array().map(|items| items.len() as u64);
                    len.is_none_or(|len| Some(len) >= number(wanted))
                }
                "items" => {
                    for (place, item) in value.as_array().into_iter().flatten().enumerate() {
                        self.check(wanted, item, &format!("{at}[{place}]"), faults);
                    }
                    true
                }
                "properties" | "required" | "additionalProperties" => {
                    self.fields(keyword, keywords, value, at, faults);
                    true
                }
                "anyOf" => wanted.as_array().into_iter().flatten().any(|one| {
                    let mut inner = Vec::new();
                    self.check(one, value, at, &mut inner);
                    inner.is_empty()
                }),
                other => panic!("{at}: the keyword `{other}` is not known"),
            };
            if !is_so {
                faults.push(format!("{at}: {value} is not {keyword} {wanted}"));
            }
        }
    }

    fn fields(
        &self,
        keyword: &str,
        keywords: &Map<String, Value>,
        value: &Value,
        at: &str,
        faults: &mut Vec<String>,
    ) {
        let (Some(fields), wanted) = (value.as_object(), &keywords[keyword]) else { return };
        let known = keywords.get("properties").and_then(Value::as_object);
        let is_known = |name: &String| known.is_some_and(|known| known.contains_key(name));
        match keyword {
            "required" => {
                let names = wanted.as_array().into_iter().flatten().filter_map(Value::as_str);
                let missing = names.filter(|name| !fields.contains_key(*name));
                faults.extend(missing.map(|name| format!("{at}: no {name}")));
            }
            "properties" => {
                for (name, inner) in known.into_iter().flatten() {
                    if let Some(field) = fields.get(name) {
                        self.check(inner, field, &format!("{at}.{name}"), faults);
                    }
                }
            }
            _ => {
                for (name, field) in fields.iter().filter(|(name, _)| !is_known(name)) {
                    match wanted {
                        Value::Bool(allowed) => {
                            if !allowed {
                                faults.push(format!("{at}: {name} is not in the schema"));
                            }
                        }
                        inner => self.check(inner, field, &format!("{at}.{name}"), faults),
                    }
                }
            }
        }
    }
}

fn number(value: &Value) -> Option<u64> {
    value.as_u64()
}

fn is_of_type(wanted: &Value, value: &Value) -> bool {
    let own = match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_u64() => "integer",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    match wanted {
        Value::Array(all) => all.iter().any(|one| one == own),
        one => one == own,
    }
}

/// The two patterns that the schema has.
fn fits(pattern: &Value, text: &str) -> bool {
    match pattern.as_str() {
        Some("^([0-9a-f]{2})*$") => {
            let is_digit = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
            text.len().is_multiple_of(2) && text.bytes().all(is_digit)
        }
        Some(r"^[a-z0-9-]+(\.[a-z0-9-]+)*$") => {
            let is_sign = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-');
            text.split('.').all(|part| !part.is_empty() && part.bytes().all(is_sign))
        }
        other => panic!("the pattern {other:?} is not known"),
    }
}
