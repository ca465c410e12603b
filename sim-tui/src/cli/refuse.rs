//! What is wrong with a command line, in Chinese; in English clap says it itself.

use std::error::Error as _;
use std::process::ExitCode;

use clap::Error;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use sim_core::Lang;

use super::{Exit, zh};
use crate::lang::Unfit;
use crate::out::show;

/// Prints help as it was asked for, or what is wrong.
pub fn in_chinese(error: &Error) -> ExitCode {
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => {
            show(&zh::help(&error.render().to_string()));
            Exit::Ok
        }
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            eprint!("{}", zh::help(&error.render().to_string()));
            Exit::Wrong
        }
        _ => {
            eprint!("{}", told(error));
            Exit::Wrong
        }
    }
    .into()
}

/// The sentence, the usage, and where there is more.
fn told(error: &Error) -> String {
    let mut told = format!("错误：{}\n", sentence(error));
    if let Some(usage) = context(error, ContextKind::Usage) {
        let usage = usage.trim().trim_start_matches("Usage:").trim_start();
        told += &format!("\n用法：{}\n", zh::help(usage));
    }
    told + "\n更多信息见 `--help`。\n"
}

fn context(error: &Error, kind: ContextKind) -> Option<String> {
    match error.get(kind)? {
        ContextValue::String(text) => Some(text.clone()),
        ContextValue::Strings(texts) => Some(texts.join(" ")),
        ContextValue::StyledStr(text) => Some(text.to_string()),
        ContextValue::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

fn sentence(error: &Error) -> String {
    let named = |kind| context(error, kind).unwrap_or_default();
    let meant =
        |kind| context(error, kind).map_or(String::new(), |own| format!("；是不是想写 {own}？"));
    let (arg, value) = (named(ContextKind::InvalidArg), named(ContextKind::InvalidValue));
    match error.kind() {
        ErrorKind::InvalidSubcommand => format!(
            "没有命令 `{}`{}",
            named(ContextKind::InvalidSubcommand),
            meant(ContextKind::SuggestedSubcommand)
        ),
        ErrorKind::UnknownArgument => {
            format!("没有参数 `{arg}`{}", meant(ContextKind::SuggestedArg))
        }
        ErrorKind::InvalidValue if value.is_empty() => {
            format!("`{arg}` 缺少值{}", known(error))
        }
        ErrorKind::InvalidValue => format!(
            "`{value}` 不能作 `{arg}` 的值{}{}",
            meant(ContextKind::SuggestedValue),
            known(error)
        ),
        ErrorKind::ValueValidation => format!("`{value}` 不能作 `{arg}` 的值{}", source(error)),
        ErrorKind::MissingRequiredArgument => format!("缺少 {arg}"),
        ErrorKind::MissingSubcommand => format!("缺少命令{}", known(error)),
        ErrorKind::ArgumentConflict => match named(ContextKind::PriorArg) {
            prior if prior.is_empty() || prior == arg => format!("`{arg}` 只能写一次"),
            prior => format!("`{arg}` 不能与 `{prior}` 同时使用"),
        },
        ErrorKind::TooManyValues => format!("`{arg}` 的值太多：`{value}` 是多余的"),
        ErrorKind::TooFewValues | ErrorKind::WrongNumberOfValues => {
            let wanted = context(error, ContextKind::ExpectedNumValues)
                .or(context(error, ContextKind::MinValues));
            format!("`{arg}` 的值不够：应有 {} 个", wanted.unwrap_or_default())
        }
        ErrorKind::NoEquals => format!("给 `{arg}` 赋值要用等号"),
        ErrorKind::InvalidUtf8 => "命令行中有不是 UTF-8 的内容".into(),
        other => format!("命令行有误：{other}"),
    }
}

/// The values that would do.
fn known(error: &Error) -> String {
    let valid =
        context(error, ContextKind::ValidValue).or(context(error, ContextKind::ValidSubcommand));
    valid
        .filter(|valid| !valid.is_empty())
        .map_or(String::new(), |valid| format!("；可用：{valid}"))
}

/// Why a value was refused by whoever read it.
fn source(error: &Error) -> String {
    let Some(source) = error.source() else { return String::new() };
    if let Some(Unfit(text)) = source.downcast_ref::<Unfit>() {
        return format!("；{}", text.of(Lang::Zh));
    }
    let said = source.to_string();
    if source.is::<std::num::ParseIntError>() {
        return "；应为整数".into();
    }
    // clap says: "70000 is not in 1..=65535".
    if let Some((_, range)) = said.split_once(" is not in ") {
        return format!("；应在 {range} 之内");
    }
    if source.is::<std::net::AddrParseError>() {
        return "；应为 IPv4 地址，如 192.0.2.1".into();
    }
    format!("：{said}")
}
