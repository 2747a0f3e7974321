#pragma once

/// Attaches the filter that keeps what the kernel forwards by itself, and stray data, out of a control
/// socket.
///
/// It passes L2TP control messages, and of L2TP data messages those that carry PPP control (LCP,
/// authentication, NCPs: protocol numbers from 0x8000); all else is dropped in the kernel and takes no room
/// in the receive buffer.
/// @return 0 or errno
int AttachL2tpFilter(int socket);
