//! In which language people are spoken to.

pub use sim_core::Lang;

/// As asked for, else by the locale (`LC_ALL`, `LC_MESSAGES`, `LANG`: the first that is set).
pub fn choose(asked: Option<Lang>) -> Lang {
    asked.unwrap_or_else(|| {
        let set = |name| std::env::var(name).ok().filter(|value| !value.is_empty());
        let locale = set("LC_ALL").or_else(|| set("LC_MESSAGES")).or_else(|| set("LANG"));
        if locale.is_some_and(|locale| locale.starts_with("zh")) { Lang::Zh } else { Lang::En }
    })
}

/// The name of a language, as `--lang` takes it.
///
/// # Errors
/// What is known instead.
pub fn parse(name: &str) -> Result<Lang, String> {
    match name {
        "en" => Ok(Lang::En),
        "zh" => Ok(Lang::Zh),
        _ => Err("en, zh".to_owned()),
    }
}
