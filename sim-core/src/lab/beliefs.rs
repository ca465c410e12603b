//! What people believe of LVS, and what is not so: each with a name that questions, wrong answers and reports carry.

use crate::text::Text;

/// Something that is believed and not so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Belief {
    /// Its name.
    pub id: &'static str,
    /// What is believed, in English.
    pub en: &'static str,
    /// And in Chinese.
    pub zh: &'static str,
}

impl Belief {
    /// The sentence in both languages.
    pub fn text(&self) -> Text {
        Text { en: self.en.into(), zh: self.zh.into() }
    }
}

/// The belief of this name.
pub fn belief(id: &str) -> Option<&'static Belief> {
    BELIEFS.iter().find(|own| own.id == id)
}

/// All of them: what a balancer is (M01), frames, ARP and routes (M11), NAT (M22), DR (M31), TUN and FULLNAT (M46), schedulers,
/// connections and operating (M54).
#[rustfmt::skip]
pub const BELIEFS: &[Belief] = &[
    Belief { id: "M01", en: "If curl gets the page, the requests are balanced.", zh: "curl 拿得到页面，就说明做了负载均衡。" },
    Belief { id: "M02", en: "If the VIP answers ping, the service works.", zh: "VIP 能 ping 通，服务就是好的。" },
    Belief { id: "M03", en: "LVS ends the client's connection and opens its own, like a proxy.", zh: "LVS 像代理一样终结客户端的连接，再另建一条。" },
    Belief { id: "M04", en: "Every packet is balanced anew.", zh: "每个报文都重新选择服务器。" },
    Belief { id: "M05", en: "The director can send one path of a site here and another there.", zh: "调度器能按网址路径把请求分给不同服务器。" },
    Belief { id: "M06", en: "IPVS notices by itself that a server is dead.", zh: "IPVS 会自己发现服务器宕机。" },
    Belief { id: "M07", en: "With a load balancer the service cannot go down.", zh: "有了负载均衡，服务就高可用了。" },
    Belief { id: "M08", en: "LVS is limited to some ten thousand connections.", zh: "LVS 只能撑几万条连接。" },
    Belief { id: "M09", en: "What was typed with ipvsadm is still there after a reboot.", zh: "用 ipvsadm 配的规则重启后还在。" },
    Belief { id: "M10", en: "Once ipvsadm -A has succeeded, the address is served.", zh: "ipvsadm -A 成功，地址就开始服务了。" },
    Belief { id: "M11", en: "Switches look at IP addresses to find the VIP.", zh: "交换机按 IP 地址找到 VIP。" },
    Belief { id: "M12", en: "An address belongs to one interface, and only that one answers for it.", zh: "地址属于某个接口，只有这个接口替它应答。" },
    Belief { id: "M13", en: "lo:0 is an interface of its own.", zh: "lo:0 是单独的一个接口。" },
    Belief { id: "M14", en: "The VIP on lo of a real server is an address conflict.", zh: "真实服务器 lo 上的 VIP 会造成地址冲突。" },
    Belief { id: "M15", en: "The mask of the VIP on lo does not matter.", zh: "lo 上 VIP 的掩码无所谓。" },
    Belief { id: "M16", en: "Only an ARP reply can change a neighbour's entry.", zh: "只有 ARP 应答才会改写别人的邻居表项。" },
    Belief { id: "M17", en: "Of several ARP replies the last one counts.", zh: "几个 ARP 应答中以最后一个为准。" },
    Belief { id: "M18", en: "Once the settings are right, everything is right at once.", zh: "设置一改对，马上就全好了。" },
    Belief { id: "M19", en: "Adding an address tells the neighbours of it.", zh: "添加地址会自动通告邻居。" },
    Belief { id: "M20", en: "DR leaves the TTL alone.", zh: "DR 不改变 TTL。" },
    Belief { id: "M21", en: "Routing decides which source address a reply bears.", zh: "响应的源地址由路由决定。" },
    Belief { id: "M22", en: "NAT needs the servers in the director's own network.", zh: "NAT 要求服务器与调度器同网段。" },
    Belief { id: "M23", en: "A NAT server's reply finds its way back whatever its gateway is.", zh: "NAT 下不管网关指向哪里，响应都能自己回去。" },
    Belief { id: "M24", en: "With the right gateway NAT works for every client.", zh: "网关对了，NAT 对所有客户端都行。" },
    Belief { id: "M25", en: "Requests reach the NAT servers because the director forwards packets as a router.", zh: "NAT 请求能到服务器，是因为调度器开了路由转发。" },
    Belief { id: "M26", en: "NAT hides the client's address from the server.", zh: "NAT 让服务器看不到客户端的地址。" },
    Belief { id: "M27", en: "LVS-NAT is a DNAT rule of iptables.", zh: "LVS-NAT 就是 iptables 的 DNAT。" },
    Belief { id: "M28", en: "NAT with one card stays fine once it works.", zh: "单网卡的 NAT 一旦通了就一直通。" },
    Belief { id: "M29", en: "Requests to the VIP pass the chain FORWARD.", zh: "发往 VIP 的请求经过 FORWARD 链。" },
    Belief { id: "M30", en: "ipvsadm -e with a new weight changes the weight only; left-out options stay or do not matter.", zh: "ipvsadm -e 只改权重；没写的选项保持原样，或无关紧要。" },
    Belief { id: "M31", en: "DR writes the server's address into the packet.", zh: "DR 把目标地址改成服务器的地址。" },
    Belief { id: "M32", en: "DR works because the director forwards as a router.", zh: "DR 靠调度器的路由转发工作。" },
    Belief { id: "M33", en: "The ARP settings of lo decide, as the VIP is on lo.", zh: "VIP 在 lo 上，所以 lo 的 ARP 设置起作用。" },
    Belief { id: "M34", en: "Not answering ARP for the VIP is enough.", zh: "不替 VIP 应答 ARP 就够了。" },
    Belief { id: "M35", en: "Not asking in the VIP's name is enough.", zh: "不以 VIP 的名义询问就够了。" },
    Belief { id: "M36", en: "The gentler level of not asking in the VIP's name is enough.", zh: "用较温和的一档不以 VIP 询问就够了。" },
    Belief { id: "M37", en: "The two ARP settings help wherever the VIP sits.", zh: "不管 VIP 在哪个接口，两个 ARP 设置都管用。" },
    Belief { id: "M38", en: "The VIP of a DR server must be on lo.", zh: "DR 服务器的 VIP 必须放在 lo 上。" },
    Belief { id: "M39", en: "In DR the servers' gateway must be the director.", zh: "DR 中服务器的网关要指向调度器。" },
    Belief { id: "M40", en: "In DR the server is asked on the port of its own entry.", zh: "DR 中按条目里写的端口访问服务器。" },
    Belief { id: "M41", en: "DR needs director and servers in one IP network.", zh: "DR 要求调度器与服务器在同一 IP 网段。" },
    Belief { id: "M42", en: "In DR the director's count of open connections is exact.", zh: "DR 中调度器显示的活动连接数是准确的。" },
    Belief { id: "M43", en: "A request from a real server or the director proves the service.", zh: "在真实服务器或调度器上访问成功，就证明服务是好的。" },
    Belief { id: "M44", en: "A UDP server works in DR as a TCP server does.", zh: "UDP 服务在 DR 下与 TCP 一样。" },
    Belief { id: "M45", en: "A server without the VIP would refuse the connection.", zh: "没有 VIP 的服务器会拒绝连接。" },
    Belief { id: "M46", en: "TUN needs public addresses.", zh: "TUN 需要公网地址。" },
    Belief { id: "M47", en: "A tunnel server may send its replies through the director.", zh: "隧道服务器的响应可以经过调度器。" },
    Belief { id: "M48", en: "The tunnel carries the replies, too.", zh: "响应也走隧道。" },
    Belief { id: "M49", en: "Turning the reverse path filter off on the tunnel alone is enough.", zh: "只在隧道接口关掉反向路径过滤就够了。" },
    Belief { id: "M50", en: "If the page loads, the tunnel's MTU is fine.", zh: "页面打得开，隧道的 MTU 就没问题。" },
    Belief { id: "M51", en: "FULLNAT's local address is the director's own address.", zh: "FULLNAT 的 LIP 就是 DIP。" },
    Belief { id: "M52", en: "FULLNAT is NAT, only newer.", zh: "FULLNAT 只是新一点的 NAT。" },
    Belief { id: "M53", en: "Mainline Linux cannot do anything like FULLNAT.", zh: "主线内核完全做不到 FULLNAT。" },
    Belief { id: "M54", en: "Round robin begins with the server that was added first.", zh: "rr 从最先添加的服务器开始。" },
    Belief { id: "M55", en: "Weighted round robin begins with the heaviest server several times.", zh: "wrr 先连续选权重最大的服务器。" },
    Belief { id: "M56", en: "Equal shares are seen as strict turns in the browser.", zh: "份额相同，浏览器里就会看到严格轮流。" },
    Belief { id: "M57", en: "Weight 0 cuts a server off.", zh: "权重设为 0 就切断了服务器。" },
    Belief { id: "M58", en: "Deleting a server ends its connections.", zh: "删除服务器会结束它的连接。" },
    Belief { id: "M59", en: "Least-connection counts the load of the servers.", zh: "最少连接统计的是服务器的负载。" },
    Belief { id: "M60", en: "Source hashing spreads the users evenly.", zh: "源地址散列把用户分得很均匀。" },
    Belief { id: "M61", en: "Destination hashing is source hashing from the other side.", zh: "目标散列与源散列只是方向相反。" },
    Belief { id: "M62", en: "Inactive connections are errors.", zh: "InActConn 是出错的连接。" },
    Belief { id: "M63", en: "A reset always comes from the server.", zh: "RST 总是服务器发的。" },
    Belief { id: "M64", en: "Persistence on two ports keeps a user on one server.", zh: "两个端口各设持久，用户就总在同一台服务器。" },
    Belief { id: "M65", en: "A resolver's queries are spread by round robin.", zh: "DNS 转发器的查询会被 rr 分开。" },
    Belief { id: "M66", en: "Refused at once means that the server is down.", zh: "立刻被拒绝说明服务器宕机了。" },
    Belief { id: "M67", en: "A fixed ARP entry on the router is the clean cure.", zh: "在路由器上写死 ARP 表项是干净的解法。" },
    Belief { id: "M68", en: "Failover keeps connections if both directors have the same services.", zh: "两台调度器配置相同，切换就不断连接。" },
    Belief { id: "M69", en: "The counters are live.", zh: "计数器是实时的。" },
    Belief { id: "M70", en: "The chain INPUT does not concern traffic that only passes the director.", zh: "只是路过调度器的流量与 INPUT 链无关。" },
    Belief { id: "M71", en: "The settings under default hold for all interfaces.", zh: "default 下的设置对所有接口生效。" },
    Belief { id: "M72", en: "In NAT only the VIP must move to the other director.", zh: "NAT 切换时只需要移走 VIP。" },
    Belief { id: "M73", en: "With source hashing the other clients keep their servers when one goes.", zh: "用 sh 时少一台服务器不影响其他客户端。" },
];
