//! A packet in a plain sentence, from what tcpdump says of it.
//!
//! tcpdump's words are the frame's own and stay as they are; the sentence beside them says what the sender is up to.

use sim_core::{Text, text};

/// Who does what with a packet.
pub struct Sent<'a> {
    /// tcpdump's line, shortened.
    pub line: &'a str,
    /// The host that it leaves.
    pub from: &'a str,
    /// The host that it came to, if it came to one.
    pub to: Option<&'a str>,
    /// It went to everybody.
    pub to_all: bool,
    /// Its sender has got it from somebody, or has kept it for a while.
    pub passed_on: bool,
}

impl Sent<'_> {
    /// The sentence.
    pub fn sentence(&self) -> Text {
        match self.line.strip_prefix("ARP, ") {
            Some(arp) => self.arp(arp),
            None => self.ip(),
        }
    }

    fn arp(&self, arp: &str) -> Text {
        let from = self.from;
        if let Some((asked, asker)) = arp
            .strip_prefix("Request who-has ")
            .and_then(|rest| rest.split_once(" tell "))
            .map(|(asked, asker)| (asked.split(' ').next().unwrap_or(asked), asker))
        {
            return match self.to {
                _ if asked == asker => {
                    text!("{from} announces: {asked} is here.", "{from} 通告：{asked} 在我这里。")
                }
                Some(to) if !self.to_all => text!(
                    "{from} asks {to}: is {asked} still there?",
                    "{from} 问 {to}：{asked} 还在你那里吗？"
                ),
                _ => text!(
                    "{from} asks everybody: who has {asked}? Tell {asker}.",
                    "{from} 问所有人：谁有 {asked}？请告诉 {asker}。"
                ),
            };
        }
        match arp.strip_prefix("Reply ").and_then(|rest| rest.split_once(" is-at ")) {
            Some((addr, mac)) => {
                text!("{from} answers: {addr} is at {mac}.", "{from} 应答：{addr} 在 {mac}。")
            }
            None => text!("{from} sends an ARP frame.", "{from} 发出一个 ARP 帧。"),
        }
    }

    fn ip(&self) -> Text {
        let from = self.from;
        let other = || text!("{from} sends a frame.", "{from} 发出一个帧。");
        let Some((ends, what)) =
            self.line.strip_prefix("IP ").and_then(|rest| rest.split_once(": "))
        else {
            return other();
        };
        let Some((_, dst)) = ends.split_once(" > ") else { return other() };
        let dst = endpoint(dst);
        if what.starts_with("IP ") {
            return text!(
                "{from} puts it into another packet, for {dst}.",
                "{from} 把它装进另一个报文，发给 {dst}。"
            );
        }
        let (told, Text { en, zh }) = deed(what);
        if self.passed_on {
            let to = self.to.unwrap_or(&dst);
            return text!("{from} passes {en} on to {to}.", "{from} 把{zh}转给 {to}。");
        }
        let Text { en, zh } = told;
        let (en, zh) = (en.replace("DST", &dst), zh.replace("DST", &dst));
        text!("{from} {en}.", "{from} {zh}。")
    }
}

/// What the first sender of a packet does (`DST` stands for whom it is for), and what the packet is called when it is passed on.
fn deed(what: &str) -> (Text, Text) {
    let length = what.rsplit_once("length ").map(|(_, rest)| rest);
    let bytes = length.and_then(|rest| rest.split([':', ' ']).next()).unwrap_or("0").to_owned();
    if let Some(flags) = what.strip_prefix("Flags [").and_then(|rest| rest.split(']').next()) {
        return segment(flags, what, &bytes);
    }
    if what.starts_with("UDP") {
        return (
            text!("sends {bytes} bytes to DST by UDP", "用 UDP 向 DST 发送 {bytes} 字节"),
            text!("the datagram", "数据报"),
        );
    }
    if let Some(icmp) = what.strip_prefix("ICMP ") {
        let said = icmp.split(", length").next().unwrap_or(icmp);
        return match icmp {
            _ if icmp.starts_with("echo request") => {
                (text!("pings DST", "ping DST"), text!("the ping", " ping 请求"))
            }
            _ if icmp.starts_with("echo reply") => {
                (text!("answers the ping", "应答 ping"), text!("the ping's answer", " ping 应答"))
            }
            _ => (
                text!("tells DST by ICMP: {said}", "用 ICMP 告诉 DST：{said}"),
                text!("the ICMP error", " ICMP 差错报文"),
            ),
        };
    }
    if what.starts_with("ip-proto-") {
        return (
            text!("sends a further fragment to DST", "向 DST 发送后续分片"),
            text!("a further fragment", "后续分片"),
        );
    }
    (text!("sends a packet to DST", "向 DST 发送报文"), text!("the packet", "报文"))
}

fn segment(flags: &str, what: &str, bytes: &str) -> (Text, Text) {
    if let Some((_, http)) = what.split_once("HTTP: ") {
        let first = http.strip_suffix(" HTTP/1.1").unwrap_or(http);
        return match http.strip_prefix("HTTP/1.1 ") {
            Some(status) => (
                text!("sends its answer ({status})", "发回响应（{status}）"),
                text!("the answer", "响应"),
            ),
            None => (
                text!("sends its request: {first}", "发出请求：{first}"),
                text!("the request", "请求"),
            ),
        };
    }
    match flags {
        "S" => (
            text!("asks DST for a connection (SYN)", "请求与 DST 建立连接（SYN）"),
            text!("the SYN", " SYN "),
        ),
        "S." => (
            text!("accepts the connection (SYN-ACK)", "接受连接（SYN-ACK）"),
            text!("the SYN-ACK", " SYN-ACK "),
        ),
        _ if flags.contains('R') => {
            (text!("resets the connection (RST)", "重置连接（RST）"), text!("the RST", " RST "))
        }
        _ if bytes != "0" => (
            text!("sends {bytes} bytes to DST", "向 DST 发送 {bytes} 字节"),
            text!("{bytes} bytes", " {bytes} 字节"),
        ),
        _ if flags.contains('F') => {
            (text!("closes its side (FIN)", "关闭自己一侧（FIN）"), text!("the FIN", " FIN "))
        }
        _ => (text!("acknowledges (ACK)", "确认（ACK）"), text!("the ACK", " ACK ")),
    }
}

/// `192.0.2.1.80` of tcpdump as people write it: `192.0.2.1:80`.
fn endpoint(text: &str) -> String {
    match text.rsplit_once('.') {
        Some((addr, port)) if addr.matches('.').count() == 3 => format!("{addr}:{port}"),
        _ => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[rustfmt::skip]
    fn packets_are_told_in_plain_words() {
        let a = |line| Sent { line, from: "a", to: Some("b"), to_all: false, passed_on: false };
        let all = |line| Sent { to: None, to_all: true, ..a(line) };
        let on = |line| Sent { passed_on: true, ..a(line) };
        for (sent, en, zh) in [
            (all("ARP, Request who-has 10.0.0.1 tell 10.0.0.2"),
                "a asks everybody: who has 10.0.0.1? Tell 10.0.0.2.", "a 问所有人：谁有 10.0.0.1？请告诉 10.0.0.2。"),
            (all("ARP, Request who-has 10.0.0.1 (ff:ff:ff:ff:ff:ff) tell 10.0.0.1"),
                "a announces: 10.0.0.1 is here.", "a 通告：10.0.0.1 在我这里。"),
            (a("ARP, Request who-has 10.0.0.1 tell 10.0.0.2"),
                "a asks b: is 10.0.0.1 still there?", "a 问 b：10.0.0.1 还在你那里吗？"),
            (a("ARP, Reply 10.0.0.1 is-at 02:00:00:00:00:51"),
                "a answers: 10.0.0.1 is at 02:00:00:00:00:51.", "a 应答：10.0.0.1 在 02:00:00:00:00:51。"),
            (a("IP 10.0.0.1.4 > 10.0.0.2.80: Flags [S]"),
                "a asks 10.0.0.2:80 for a connection (SYN).", "a 请求与 10.0.0.2:80 建立连接（SYN）。"),
            (on("IP 10.0.0.1.4 > 10.0.0.2.80: Flags [S]"), "a passes the SYN on to b.", "a 把 SYN 转给 b。"),
            (a("IP 10.0.0.2.80 > 10.0.0.1.4: Flags [S.]"), "a accepts the connection (SYN-ACK).", "a 接受连接（SYN-ACK）。"),
            (a("IP 10.0.0.1.4 > 10.0.0.2.80: Flags [P.], length 78: HTTP: GET / HTTP/1.1"),
                "a sends its request: GET /.", "a 发出请求：GET /。"),
            (a("IP 10.0.0.2.80 > 10.0.0.1.4: Flags [P.], length 68: HTTP: HTTP/1.1 200 OK"),
                "a sends its answer (200 OK).", "a 发回响应（200 OK）。"),
            (on("IP 10.0.0.1.4 > 10.0.0.2.80: Flags [.], length 1448: HTTP"), "a passes 1448 bytes on to b.", "a 把 1448 字节转给 b。"),
            (a("IP 10.0.0.2.80 > 10.0.0.1.4: Flags [R.]"), "a resets the connection (RST).", "a 重置连接（RST）。"),
            (a("IP 10.0.0.2.80 > 10.0.0.1.4: Flags [F.]"), "a closes its side (FIN).", "a 关闭自己一侧（FIN）。"),
            (a("IP 10.0.0.2.80 > 10.0.0.1.4: Flags [.]"), "a acknowledges (ACK).", "a 确认（ACK）。"),
            (a("IP 10.0.0.1.4 > 10.0.0.2.53: UDP, length 5"), "a sends 5 bytes to 10.0.0.2:53 by UDP.", "a 用 UDP 向 10.0.0.2:53 发送 5 字节。"),
            (a("IP 10.0.0.1 > 10.0.0.2: ICMP echo request, id 7, seq 1, length 64"), "a pings 10.0.0.2.", "a ping 10.0.0.2。"),
            (a("IP 10.0.0.1 > 10.0.0.2: ICMP echo reply, id 7, seq 1, length 64"), "a answers the ping.", "a 应答 ping。"),
            (a("IP 10.0.0.1 > 10.0.0.2: ICMP host 10.0.0.9 unreachable, length 68"),
                "a tells 10.0.0.2 by ICMP: host 10.0.0.9 unreachable.", "a 用 ICMP 告诉 10.0.0.2：host 10.0.0.9 unreachable。"),
            (a("IP 10.0.0.1 > 10.0.0.2: ip-proto-1"), "a sends a further fragment to 10.0.0.2.", "a 向 10.0.0.2 发送后续分片。"),
            (on("IP 10.0.0.1 > 10.0.0.2: IP 10.0.0.3.4 > 10.0.0.9.80: Flags [S]"),
                "a puts it into another packet, for 10.0.0.2.", "a 把它装进另一个报文，发给 10.0.0.2。"),
            (a("IP 10.0.0.1 > 10.0.0.2: igmp"), "a sends a packet to 10.0.0.2.", "a 向 10.0.0.2 发送报文。"),
        ] {
            assert_eq!(sent.sentence(), Text { en: en.into(), zh: zh.into() }, "{}", sent.line);
        }
    }
}
