//! The same as a JSON line. Field names are an interface, described in `book/json.schema.json`.

use serde_json::{Value, json};
use sim_core::modes::{Cast, Hop, Mode, Modes, Need};

use sim_tui::methods::name;

use crate::lang::Lang;

/// All four methods in one line.
pub fn line(modes: &Modes, file: &str, lang: Lang) -> String {
    let Modes { cast, common, plays } = modes;
    let Cast { client, director, server, cip, vip, dip, lip, rip, own } = cast;
    json!({
        "type": "modes",
        "file": file,
        "own": name(*own),
        "client": client,
        "director": director,
        "server": server,
        "cip": cip.to_string(),
        "vip": vip.to_string(),
        "dip": dip.to_string(),
        "lip": lip.to_string(),
        "rip": rip.to_string(),
        "needs": needs(common, lang),
        "methods": plays.iter().map(|mode| method(mode, cast, lang)).collect::<Vec<_>>(),
    })
    .to_string()
}

fn needs(needs: &[Need], lang: Lang) -> Vec<Value> {
    let one =
        |Need { on, line, why }: &Need| json!({ "on": on, "line": line, "why": why.of(lang) });
    needs.iter().map(one).collect()
}

fn method(mode: &Mode, cast: &Cast, lang: Lang) -> Value {
    let ended = mode.ended.as_ref().map(|(node, codes)| json!({ "node": node, "codes": codes }));
    json!({
        "method": name(mode.method),
        "needs": needs(&mode.needs, lang),
        "refused": mode.refused.as_ref().map(|why| why.of(lang)),
        "works": mode.works(cast),
        "served": mode.served,
        "ended": ended,
        "gateway": mode.gateway.map(|next| next.to_string()),
        "request": mode.request.iter().map(hop).collect::<Vec<_>>(),
        "reply": mode.reply.iter().map(hop).collect::<Vec<_>>(),
        "frames": mode.sent.0,
        "bytes": mode.sent.1,
    })
}

fn hop(hop: &Hop) -> Value {
    let Hop { from, to, outer, src, dst, ttl, bytes } = hop;
    let outer = outer.map(
        |(src, dst, ttl)| json!({ "src": src.to_string(), "dst": dst.to_string(), "ttl": ttl }),
    );
    json!({
        "from": from,
        "to": to,
        "outer": outer,
        "src": src.to_string(),
        "dst": dst.to_string(),
        "ttl": ttl,
        "bytes": bytes,
    })
}
