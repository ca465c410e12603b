//! A tracked connection, as `conntrack -L` and `/proc/net/nf_conntrack` show it.
//!
//! conntrack-tools 1.4.7 over libnetfilter_conntrack 1.0.9, snprintf_default.c; Linux 6.1
//! nf_conntrack_standalone.c, ct_seq_show.

use std::fmt::Write as _;
use std::net::Ipv4Addr;

use super::Counts;

/// An entry of the table of connections.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tracked {
    /// The IP protocol's number.
    pub proto: u8,
    /// Whole seconds until it is forgotten.
    pub timeout_s: u32,
    /// The state of TCP, as `ESTABLISHED`.
    pub state: Option<&'static str>,
    /// How its first packet looked.
    pub original: Tuple,
    /// How its replies look.
    pub reply: Tuple,
    /// Without this it is `[UNREPLIED]`.
    pub replied: bool,
    /// `[ASSURED]`: it is not given up for others when the table is full.
    pub assured: bool,
    /// Its mark.
    pub mark: u32,
    /// Who holds on to it, the table included: 1, and one more for each packet that waits.
    pub uses: u32,
    /// Packets of the original direction and of the reply's, with `nf_conntrack_acct=1`.
    pub counts: Option<[Counts; 2]>,
}

/// One direction of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tuple {
    /// From where.
    pub src: Ipv4Addr,
    /// To where.
    pub dst: Ipv4Addr,
    /// What tells connections between the two apart.
    pub ids: Ids,
}

/// What a protocol tells its connections apart by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ids {
    /// TCP and UDP.
    Ports {
        /// The source port.
        src: u16,
        /// The destination port.
        dst: u16,
    },
    /// Queries of ICMP.
    Icmp {
        /// The type.
        kind: u8,
        /// The code.
        code: u8,
        /// The identifier.
        id: u16,
    },
    /// Other protocols.
    None,
}

impl Tracked {
    /// Its line in `conntrack -L`; with `-o extended` the network protocol stands before it.
    pub fn line(&self, extended: bool) -> String {
        self.text(extended, self.uses)
    }

    /// Its line in `/proc/net/nf_conntrack`, whose reader holds on to the entry as well.
    pub fn proc_line(&self) -> String {
        self.text(true, self.uses + 1)
    }

    fn text(&self, extended: bool, uses: u32) -> String {
        let name = match self.proto {
            1 => "icmp",
            6 => "tcp",
            17 => "udp",
            // Neither of the two has names for what it does not look into.
            _ => "unknown",
        };
        let mut text = String::new();
        if extended {
            text.push_str("ipv4     2 ");
        }
        let _ = write!(text, "{name:<8} {} {} ", self.proto, self.timeout_s);
        if let Some(state) = self.state {
            let _ = write!(text, "{state} ");
        }
        self.original.write(&mut text, self.counts.map(|counts| counts[0]));
        if !self.replied {
            text.push_str("[UNREPLIED] ");
        }
        self.reply.write(&mut text, self.counts.map(|counts| counts[1]));
        if self.assured {
            text.push_str("[ASSURED] ");
        }
        let _ = writeln!(text, "mark={} use={uses}", self.mark);
        text
    }
}

impl Tuple {
    fn write(&self, text: &mut String, counts: Option<Counts>) {
        let _ = write!(text, "src={} dst={} ", self.src, self.dst);
        let _ = match self.ids {
            Ids::Ports { src, dst } => write!(text, "sport={src} dport={dst} "),
            Ids::Icmp { kind, code, id } => write!(text, "type={kind} code={code} id={id} "),
            Ids::None => Ok(()),
        };
        if let Some(Counts { packets, bytes }) = counts {
            let _ = write!(text, "packets={packets} bytes={bytes} ");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ports(src: [u8; 4], sport: u16, dst: [u8; 4], dport: u16) -> Tuple {
        Tuple { src: src.into(), dst: dst.into(), ids: Ids::Ports { src: sport, dst: dport } }
    }

    /// Each line stood in a terminal: conntrack 1.4.7, Linux 6.1.176.
    #[test]
    fn lines_are_those_of_linux() {
        let (us, vip, rip) = ([10, 0, 0, 1], [10, 0, 0, 99], [10, 0, 0, 2]);
        let tcp = Tracked {
            proto: 6,
            timeout_s: 431_999,
            state: Some("ESTABLISHED"),
            original: ports(us, 40000, vip, 80),
            reply: ports(rip, 8080, us, 40000),
            replied: true,
            assured: true,
            mark: 0,
            uses: 1,
            counts: None,
        };
        let line = "tcp      6 431999 ESTABLISHED src=10.0.0.1 dst=10.0.0.99 sport=40000 dport=80 \
                    src=10.0.0.2 dst=10.0.0.1 sport=8080 dport=40000 [ASSURED] mark=0 use=1\n";
        assert_eq!(tcp.line(false), line);
        assert_eq!(tcp.line(true), format!("ipv4     2 {line}"));
        assert_eq!(tcp.proc_line(), format!("ipv4     2 {}", line.replace("use=1", "use=2")));

        let silent = [10, 0, 0, 3];
        let counts = [Counts { packets: 1, bytes: 29 }, Counts::default()];
        let udp = Tracked {
            proto: 17,
            timeout_s: 29,
            state: None,
            original: ports(us, 5011, silent, 53),
            reply: ports(silent, 53, us, 5011),
            replied: false,
            assured: false,
            uses: 2,
            counts: Some(counts),
            ..tcp.clone()
        };
        assert_eq!(
            udp.line(false),
            "udp      17 29 src=10.0.0.1 dst=10.0.0.3 sport=5011 dport=53 packets=1 bytes=29 \
             [UNREPLIED] src=10.0.0.3 dst=10.0.0.1 sport=53 dport=5011 packets=0 bytes=0 \
             mark=0 use=2\n"
        );

        let ping = |kind| Ids::Icmp { kind, code: 0, id: 750 };
        let icmp = Tracked {
            proto: 1,
            timeout_s: 29,
            state: None,
            original: Tuple { src: us.into(), dst: rip.into(), ids: ping(8) },
            reply: Tuple { src: rip.into(), dst: us.into(), ids: ping(0) },
            assured: false,
            ..tcp.clone()
        };
        assert_eq!(
            icmp.line(false),
            "icmp     1 29 src=10.0.0.1 dst=10.0.0.2 type=8 code=0 id=750 \
             src=10.0.0.2 dst=10.0.0.1 type=0 code=0 id=750 mark=0 use=1\n"
        );
    }
}
