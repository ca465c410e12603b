//! The bytes of requests and the words of errors, as curl 7.88.1 wrote them.

use super::{Curl, CurlError, Url, timed_out};
use crate::endpoint::clock::Deadline;
use crate::endpoint::http::Message;
use clap::{Args, Command, FromArgMatches};
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;

fn curl(arguments: &[&str]) -> Curl {
    let command = Curl::augment_args(Command::new("curl"));
    let words = ["curl"].iter().chain(arguments);
    let matches = command.try_get_matches_from(words).expect("arguments that curl knows");
    Curl::from_arg_matches(&matches).expect("arguments that curl knows")
}

fn request(arguments: &[&str]) -> String {
    let bytes = curl(arguments).request().expect("a body of ordinary size");
    String::from_utf8(bytes).expect("text")
}

#[test]
fn requests_are_curls_own() {
    let common = "User-Agent: curl/7.88.1\r\nAccept: */*\r\n";
    let form = "Content-Type: application/x-www-form-urlencoded\r\n\r\n";
    let host = "192.0.2.100";
    let rows = [
        (&["http://192.0.2.100/"][..], format!("GET / HTTP/1.1\r\nHost: {host}\r\n{common}\r\n")),
        (&["-I", "192.0.2.100"], format!("HEAD / HTTP/1.1\r\nHost: {host}\r\n{common}\r\n")),
        (&["192.0.2.100:80"], format!("GET / HTTP/1.1\r\nHost: {host}\r\n{common}\r\n")),
        (
            &["-m", "4", "http://192.0.2.100:81/a?b"],
            format!("GET /a?b HTTP/1.1\r\nHost: {host}:81\r\n{common}\r\n"),
        ),
        (
            &["-d", "a=b", "http://192.0.2.100/x"],
            format!("POST /x HTTP/1.1\r\nHost: {host}\r\n{common}Content-Length: 3\r\n{form}a=b"),
        ),
        (
            &["--data-binary", "@-", "--input", "a\nb\n", "192.0.2.100"],
            format!("POST / HTTP/1.1\r\nHost: {host}\r\n{common}Content-Length: 4\r\n{form}a\nb\n"),
        ),
        (
            &["-d", "@-", "--input", "a\nb\n", "192.0.2.100"],
            format!("POST / HTTP/1.1\r\nHost: {host}\r\n{common}Content-Length: 2\r\n{form}ab"),
        ),
        (
            &["--data-binary", "@-", "--input-zeros", "2", "192.0.2.100"],
            format!("POST / HTTP/1.1\r\nHost: {host}\r\n{common}Content-Length: 2\r\n{form}\0\0"),
        ),
    ];
    for (arguments, wanted) in rows {
        assert_eq!(request(arguments), wanted, "{arguments:?}");
    }
}

#[test]
fn errors_have_curls_words_and_codes() {
    let url: Url = "http://192.0.2.100/".parse().expect("a URL");
    let reset = || std::io::Error::from_raw_os_error(104);
    let rows = [
        (CurlError::NotHttp, 1, "Received HTTP/0.9 when not allowed"),
        (
            CurlError::Connect { url: url.clone(), ms: 3 },
            7,
            "Failed to connect to 192.0.2.100 port 80 after 3 ms: Couldn't connect to server",
        ),
        (CurlError::Partial { missing: 7 }, 18, "transfer closed with 7 bytes remaining to read"),
        (
            CurlError::MaxTimeConnecting { ms: 1001 },
            28,
            "Connection timed out after 1001 milliseconds",
        ),
        (
            CurlError::ConnectTimeout { url, ms: 1001 },
            28,
            "Failed to connect to 192.0.2.100 port 80 after 1001 ms: Timeout was reached",
        ),
        (
            CurlError::MaxTime { ms: 1000, got: 0, of: None },
            28,
            "Operation timed out after 1000 milliseconds with 0 bytes received",
        ),
        (
            CurlError::MaxTime { ms: 1000, got: 3, of: Some(10) },
            28,
            "Operation timed out after 1000 milliseconds with 3 out of 10 bytes received",
        ),
        (CurlError::Empty, 52, "Empty reply from server"),
        (CurlError::Receive { error: reset() }, 56, "Recv failure: Connection reset by peer"),
    ];
    for (error, code, text) in rows {
        assert_eq!((error.code(), error.to_string().as_str()), (code, text));
    }
}

#[test]
fn bytes_of_a_head_are_not_counted_as_received() {
    let mut answer = Message::default();
    answer.push(b"HTTP/1.1 200 OK\r\nContent-Le");
    let CurlError::MaxTime { got, of, .. } = timed_out(Deadline::start(None), &answer) else {
        panic!("out of time");
    };
    assert_eq!((got, of), (0, None));
}

#[test]
fn what_is_not_a_url_says_why() {
    let rows = [
        ("https://192.0.2.1/", "only http:// is known"),
        ("http://web/", "`web` is not an IPv4 address"),
        ("http://192.0.2.1:x/", "`x` is no port"),
    ];
    for (text, why) in rows {
        assert_eq!(text.parse::<Url>().map_err(|wrong| wrong.to_string()), Err(why.to_owned()));
    }
}

/// How a server treats a connection whose request has arrived, or is about to.
type Server = fn(TcpStream);

fn answer(mut stream: TcpStream, text: &str) {
    let _ = stream.read(&mut [0; 1000]);
    let _ = stream.write_all(text.as_bytes());
}

fn wait_for_close(mut stream: TcpStream) {
    while stream.read(&mut [0; 1000]).is_ok_and(|count| count > 0) {}
}

#[test]
fn servers_end_a_fetch_in_many_ways() {
    let rows: [(Server, &[&str], u8); 7] = [
        (|stream| answer(stream, "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nrs1"), &[], 0),
        (|stream| answer(stream, "HTTP/1.1 200 OK\r\n\r\nrs1"), &[], 0),
        (|stream| answer(stream, "rs1\n"), &[], 1),
        (|stream| answer(stream, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nrs1"), &[], 18),
        (wait_for_close, &["-m", "0.1"], 28),
        (|stream| answer(stream, ""), &[], 52),
        // Closing with data unread is a reset.
        (|mut stream| drop(stream.read(&mut [0; 1])), &[], 56),
    ];
    for (server, options, code) in rows {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let url = listener.local_addr().expect("a bound socket").to_string();
        let serving = thread::spawn(move || server(listener.accept().expect("a client").0));
        let end = curl(&[options, &[&url]].concat()).fetch();
        assert_eq!(end.map_or_else(|error| error.code(), |()| 0), code);
        serving.join().expect("the server ends");
    }
}

#[test]
fn a_closed_port_refuses() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let url = listener.local_addr().expect("a bound socket").to_string();
    drop(listener);
    let end = curl(&["--connect-timeout", "2", &url]).fetch();
    assert!(matches!(end, Err(CurlError::Connect { .. })), "{end:?}");
}

/// A listener with a full queue drops the SYN (Linux does; others refuse or accept), so only time can end the wait.
#[cfg(target_os = "linux")]
#[test]
fn nobody_gives_up_before_the_deadline() {
    use socket2::{Domain, Socket, Type};
    use std::net::SocketAddr;
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).expect("a socket");
    socket.bind(&SocketAddr::from(([127, 0, 0, 1], 0)).into()).expect("a free port");
    socket.listen(0).expect("a bound socket");
    let listener = TcpListener::from(socket);
    let url = listener.local_addr().expect("a bound socket").to_string();
    let _fills_the_queue = TcpStream::connect(&url).expect("the first one is queued");
    for limit in 10..30 {
        let seconds = format!("0.0{limit}");
        for option in ["-m", "--connect-timeout"] {
            let ms = match (option, curl(&[option, &seconds, &url]).fetch()) {
                ("-m", Err(CurlError::MaxTimeConnecting { ms }))
                | ("--connect-timeout", Err(CurlError::ConnectTimeout { ms, .. })) => ms,
                (_, end) => panic!("{option} {seconds}: {end:?}"),
            };
            assert!(ms >= limit, "{option} {seconds}: {ms} ms");
        }
    }
}
