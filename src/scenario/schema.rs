//! The JSON Schema of the format, for completion and checks in editors.
//!
//! It is made from the table that the reader reads by, so the two always agree on the keys.

use serde_json::{Map, Value as Json, json};

use super::file::{SCENARIO, SOURCE, TABLES, TARGETS, TableDef, Takes};
use crate::base::text::slug;

/// The schema of scenario files (draft 2020-12).
pub fn schema() -> Json {
    let definitions: Map<String, Json> = TABLES
        .iter()
        .map(|table| (id(table), table_schema(table)))
        .collect();
    let mut root = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "failsim scenario, format 1",
        "$ref": format!("#/$defs/{}", id(&SCENARIO)),
    });
    root["$defs"] = Json::Object(definitions);
    root
}

/// The name of a table's definition. Tables of the same name are numbered.
fn id(table: &TableDef) -> String {
    let same = TABLES
        .iter()
        .take_while(|other| !std::ptr::eq(**other, table));
    match same.filter(|other| other.name == table.name).count() {
        0 => slug(table.name),
        before => format!("{}-{}", slug(table.name), before + 1),
    }
}

fn table_schema(table: &TableDef) -> Json {
    let mut properties = Map::new();
    for key in table.all_keys().chain([&SOURCE]) {
        let mut property = takes_schema(&key.takes);
        property["description"] = json!(key.doc);
        properties.insert(key.name.to_owned(), property);
    }
    if std::ptr::eq(table, &raw const SCENARIO) {
        properties["format"] = json!({ "const": 1, "description": table.keys[0].doc });
    }
    let required: Vec<&str> = table
        .all_keys()
        .filter(|key| key.required)
        .map(|key| key.name)
        .collect();
    let mut schema = json!({
        "description": table.doc,
        "type": "object",
        "properties": properties,
        "additionalProperties": false,
    });
    if !required.is_empty() {
        schema["required"] = json!(required);
    }
    if table.quantiles {
        schema["patternProperties"] = json!({ QUANTILE: takes_schema(&Takes::Duration) });
    }
    if table.name == TARGETS.name {
        let statistic = r"^(downtime|outages|longest_outage|outage_duration|data_loss|data_lost|rpo|cost)\.(mean|p[0-9]{1,2}(\.[0-9]+)?)$";
        schema["patternProperties"] = json!({ statistic: takes_schema(&Takes::Condition) });
        for metric in [
            "downtime",
            "outages",
            "longest_outage",
            "outage_duration",
            "cost",
        ] {
            // Without quotes, `downtime.p95` is a table in a table.
            let property = &mut schema["properties"][metric];
            let description = property["description"].take();
            *property = json!({
                "anyOf": [takes_schema(&Takes::Condition), { "type": "object" }],
                "description": description,
            });
        }
    }
    schema
}

const QUANTILE: &str = r"^p[0-9]{1,2}(\.[0-9]+)?$";
const PARAM: &str = r"^\$";
const NUMBER: &str = r"[0-9][0-9_]*(\.[0-9_]+)?([eE][+-]?[0-9]+)?";
const TIME_UNIT: &str = "(ns|us|ms|s|min|h|d|w|mo|y)";

const CURRENCY: &str = "([A-Z]{3}|[€$£¥])";

fn takes_schema(takes: &Takes) -> Json {
    let pattern =
        |pattern: String| json!({ "type": "string", "pattern": format!("{pattern}|{PARAM}") });
    let or_param =
        |schema: Json| json!({ "anyOf": [schema, { "type": "string", "pattern": PARAM }] });
    match takes {
        Takes::Text | Takes::Name => json!({ "type": "string" }),
        Takes::Condition => pattern(r"^\s*(<=|>=|rel_err|abs_err|decided)".to_owned()),
        Takes::Count(least) => or_param(json!({ "type": "integer", "minimum": least })),
        Takes::Integer => or_param(json!({ "type": "integer" })),
        Takes::Number(least) => or_param(json!({ "type": "number", "minimum": least })),
        Takes::Boolean => or_param(json!({ "type": "boolean" })),
        Takes::Ratio => json!({ "anyOf": [
            { "type": "number", "minimum": 0 },
            pattern(format!(r"^\s*{NUMBER}\s*%\s*$")),
        ] }),
        Takes::Probability => json!({ "anyOf": [
            { "type": "number", "minimum": 0, "maximum": 1 },
            pattern(format!(r"^\s*{NUMBER}\s*%\s*$")),
        ] }),
        Takes::Duration => pattern(format!(r"^\s*({NUMBER}\s*{TIME_UNIT}\s*)+$")),
        Takes::Clock => json!({ "anyOf": [
            takes_schema(&Takes::Duration),
            pattern(r"^\s*([A-Z][a-z]{2,}\s+)?[0-9]{1,2}:[0-9]{2}\s*$".to_owned()),
        ] }),
        Takes::Rate => json!({ "anyOf": [
            { "const": 0 },
            pattern(format!(r"^\s*{NUMBER}\s*(/|per )\s*{TIME_UNIT}\s*$")),
        ] }),
        Takes::Money => pattern(format!(r"^\s*{NUMBER}\s*{CURRENCY}\s*$")),
        Takes::MoneyRate => pattern(format!(
            r"^\s*{NUMBER}\s*{CURRENCY}\s*(/|per )\s*{TIME_UNIT}\s*$"
        )),
        Takes::Law => law_schema(takes_schema(&Takes::Duration)),
        Takes::LawOrNever => {
            law_schema(json!({ "anyOf": [takes_schema(&Takes::Duration), { "const": "never" }] }))
        }
        // A word may also be a param.
        Takes::Word(words) => {
            json!({ "anyOf": [{ "enum": words }, { "type": "string", "pattern": PARAM }] })
        }
        Takes::Anything => json!({}),
        Takes::List(inner) => or_param(json!({ "type": "array", "items": takes_schema(inner) })),
        Takes::Table(table) => or_param(reference(table)),
        Takes::Named(table) => {
            json!({ "type": "object", "additionalProperties": reference(table) })
        }
        Takes::Values(inner) => {
            json!({ "type": "object", "additionalProperties": takes_schema(inner) })
        }
        Takes::Either(choices) => {
            let choices: Vec<Json> = choices.iter().map(takes_schema).collect();
            json!({ "anyOf": choices })
        }
    }
}

fn law_schema(text: Json) -> Json {
    json!({ "anyOf": [text, reference(&super::file::LAW)] })
}

fn reference(table: &TableDef) -> Json {
    json!({ "$ref": format!("#/$defs/{}", id(table)) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reference_has_a_definition() {
        let schema = schema();
        let text = schema.to_string();
        for part in text.split("#/$defs/").skip(1) {
            let name = part.split('"').next().unwrap_or("");
            assert!(schema["$defs"][name].is_object(), "{name}");
        }
        assert_eq!(
            schema["$defs"].as_object().map(Map::len),
            Some(TABLES.len())
        );
    }

    #[test]
    fn every_key_is_described_once() {
        for table in TABLES {
            let mut names: Vec<&str> = table.all_keys().map(|key| key.name).collect();
            assert!(
                table.all_keys().all(|key| key.doc.ends_with('.')),
                "{}",
                table.name
            );
            names.sort_unstable();
            let count = names.len();
            names.dedup();
            assert_eq!(names.len(), count, "{}", table.name);
            let definition = &schema()["$defs"][id(table)];
            for name in names {
                assert!(
                    definition["properties"][name]["description"].is_string(),
                    "{name}"
                );
            }
        }
    }
}
