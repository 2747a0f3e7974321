#pragma once

/// Attaches the filter that keeps what the kernel forwards by itself, and stray data, out of a control
/// socket.
///
/// It passes L2TP control messages, and of L2TP data messages those that carry PPP control (LCP,
/// authentication, NCPs: protocol numbers from 0x8000); all else is dropped in the kernel and takes no room
/// in the receive buffer.
/// @return 0 or errno
int AttachL2tpFilter(int socket);

/// Attaches the filter of a raw ICMPv6 socket that passes Router Solicitations with a hop limit of 255 (RFC 4861
/// section 6.1.1) and nothing else.
/// @return 0 or errno
int AttachRouterSolicitationFilter(int socket);
