import type { TunnelProfile } from '../l2tp/index.js';
import type { LacProfile } from './options.js';
import { ProfileMatcher } from './profiles.js';
import type { LacSettings, LnsSettings } from './settings.js';

/** Which settings a LAC has: when it asks for a tunnel, and for the calls in it, also after the settings have changed. */
export class LacProfiles {
  #settings: LnsSettings;
  #matcher: ProfileMatcher;
  /** Which LAC settings a core profile belongs to. */
  readonly #settingsOf = new Map<TunnelProfile, LacSettings>();

  constructor(profiles: readonly LacProfile[], settings: LnsSettings) {
    this.#settings = settings;
    this.#matcher = new ProfileMatcher(profiles);
    this.#know();
  }

  match(address: string, hostName: string): LacSettings {
    const profile = this.#matcher.match(address, hostName);
    return (profile && this.#settings.profiles.get(profile)) ?? this.#settings.defaults;
  }

  of(profile: TunnelProfile): LacSettings {
    return this.#settingsOf.get(profile) ?? this.#settings.defaults;
  }

  /**
   * Other settings from now on.
   * @param inUse profiles of the tunnels that there are
   * @returns what takes the place of settings that were in force
   */
  reconfigure(
    profiles: readonly LacProfile[],
    settings: LnsSettings,
    inUse: ReadonlySet<TunnelProfile>,
  ): (lac: LacSettings) => LacSettings {
    const { pppoe } = this.#settings;
    const byName = new Map([...settings.profiles.values()].map((lac) => [lac.name, lac]));
    const successor = (lac: LacSettings): LacSettings =>
      lac === pppoe ? settings.pppoe : (byName.get(lac.name) ?? settings.defaults);
    for (const [profile, lac] of this.#settingsOf) {
      if (inUse.has(profile)) this.#settingsOf.set(profile, successor(lac));
      else this.#settingsOf.delete(profile);
    }
    this.#settings = settings;
    this.#matcher = new ProfileMatcher(profiles);
    this.#know();
    return successor;
  }

  #know(): void {
    const { defaults, profiles } = this.#settings;
    for (const lac of [defaults, ...profiles.values()]) this.#settingsOf.set(lac.tunnel, lac);
  }
}
