//! Sockets with everything that a scenario fixes: local address, local port, time to connect.

use super::clock::Deadline;
use socket2::{Domain, Protocol, Socket, Type};
use std::io;
use std::net::{Ipv4Addr, SocketAddrV4, TcpListener, TcpStream, UdpSocket};
use std::time::Duration;

/// A wait for a connection is cut to whole units of this; one more, and it never ends before its deadline.
const WAIT_UNIT: Duration = Duration::from_millis(1);

/// Linux's number for "Address already in use".
const EADDRINUSE: i32 = 98;

/// Why there is no connection.
#[derive(Debug)]
pub enum ConnectError {
    /// The local address or port cannot be had.
    Bind(io::Error),
    /// The deadline passed.
    TimedOut,
    /// The peer or the way refused.
    Failed(io::Error),
}

/// A TCP connection from `local` (0 and 0.0.0.0: the kernel's choice) to `peer`.
pub fn connect(
    local: SocketAddrV4,
    peer: SocketAddrV4,
    deadline: Deadline,
) -> Result<TcpStream, ConnectError> {
    let socket = bound(Type::STREAM, local).map_err(ConnectError::Bind)?;
    let connected = match deadline.left().map_err(|_| ConnectError::TimedOut)? {
        Some(left) => socket.connect_timeout(&peer.into(), left.saturating_add(WAIT_UNIT)),
        None => socket.connect(&peer.into()),
    };
    match connected {
        Ok(()) => Ok(socket.into()),
        // The kernel's own ETIMEDOUT has a number, the end of our wait has none.
        Err(error) if error.kind() == io::ErrorKind::TimedOut && error.raw_os_error().is_none() => {
            Err(ConnectError::TimedOut)
        }
        // With the option above a port may be bound that a connection to the same peer still has; a
        // program without it hears of that when it binds.
        Err(error) if local.port() != 0 && error.kind() == io::ErrorKind::AddrNotAvailable => {
            Err(ConnectError::Bind(io::Error::from_raw_os_error(EADDRINUSE)))
        }
        Err(error) => Err(ConnectError::Failed(error)),
    }
}

/// A UDP socket from `local` that speaks to `peer` only, and hears from nobody else.
pub fn connect_udp(local: SocketAddrV4, peer: SocketAddrV4) -> Result<UdpSocket, ConnectError> {
    let socket = bound(Type::DGRAM, local).map_err(ConnectError::Bind)?;
    socket.connect(&peer.into()).map_err(ConnectError::Failed)?;
    Ok(socket.into())
}

/// A listening TCP socket.
pub fn listen(address: Ipv4Addr, port: u16) -> io::Result<TcpListener> {
    const BACKLOG: i32 = 1024;
    let socket = bound(Type::STREAM, SocketAddrV4::new(address, port))?;
    socket.listen(BACKLOG)?;
    Ok(socket.into())
}

/// Whether a read ended for want of time: `WouldBlock` on Unix, `TimedOut` elsewhere.
pub fn is_timeout(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::WouldBlock
        || (error.kind() == io::ErrorKind::TimedOut && error.raw_os_error().is_none())
}

fn bound(kind: Type, local: SocketAddrV4) -> io::Result<Socket> {
    let protocol = if kind == Type::STREAM { Protocol::TCP } else { Protocol::UDP };
    let socket = Socket::new(Domain::IPV4, kind, Some(protocol))?;
    if local.port() != 0 || !local.ip().is_unspecified() {
        // A port of a connection in TIME_WAIT may be used again: stories repeat.
        socket.set_reuse_address(kind == Type::STREAM)?;
        socket.bind(&local.into())?;
    }
    Ok(socket)
}
