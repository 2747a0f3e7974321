import { BlockList, isIP } from 'node:net';
import { matchesGlob } from '../wire/index.js';
import type { LacProfile } from './options.js';

/** Decides which {@link LacProfile} a LAC gets: the first whose address and host name both match. */
export class ProfileMatcher {
  readonly #entries: readonly { readonly profile: LacProfile; readonly addresses: BlockList | undefined }[];

  /** @throws RangeError for an address that is neither an IP address nor a CIDR */
  constructor(profiles: readonly LacProfile[]) {
    this.#entries = profiles.map((profile) => ({
      profile,
      addresses: profile.addresses === undefined ? undefined : blockList(profile.addresses),
    }));
  }

  match(address: string, hostName: string): LacProfile | undefined {
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
    return this.#entries.find(
      ({ profile, addresses }) =>
        (addresses === undefined || addresses.check(address, family)) &&
        (profile.hostName === undefined || matchesGlob(profile.hostName, hostName)),
    )?.profile;
  }
}

/** A set of addresses and CIDRs. @throws RangeError naming the entry that is neither */
export function blockList(entries: readonly string[]): BlockList {
  const list = new BlockList();
  for (const entry of entries) {
    const [address = '', prefix, ...more] = entry.split('/');
    const version = isIP(address);
    const bits = version === 6 ? 128 : 32;
    const length = prefix === undefined ? bits : /^\d{1,3}$/.test(prefix) ? Number(prefix) : Number.NaN;
    if (version === 0 || more.length > 0 || !(length >= 0 && length <= bits)) {
      throw new RangeError(
        `${JSON.stringify(entry)} is neither an IP address nor a network such as 10.0.0.0/8`,
      );
    }
    list.addSubnet(address, length, version === 6 ? 'ipv6' : 'ipv4');
  }
  return list;
}
