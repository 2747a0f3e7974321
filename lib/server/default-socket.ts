/** Default of `control.socket`. */
export const DEFAULT_SOCKET = '/run/kernel-l2tp/api.sock';
