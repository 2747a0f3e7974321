/** What an IPv6 router and DHCPv6 server say on a subscriber's link; pure. */
export { decodeClientMessage, MessageType } from './dhcpv6-message.js';
export { answerClient, type Lease } from './dhcpv6-server.js';
export {
  encodeRouterAdvertisement,
  isRouterSolicitation,
  type RouterAdvertisement,
} from './router-advertisement.js';
