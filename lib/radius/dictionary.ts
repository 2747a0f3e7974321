import type { AttributeDefinition } from './attribute-definition.js';
import { standardAttributes } from './standard-attributes.js';
import { vendorAttributes } from './vendor-attributes.js';

/** The attributes that are known without configuration. */
export const attributes = [...standardAttributes, ...vendorAttributes] as const;

/** Names of the attributes that are known without configuration. */
export type AttributeName = (typeof attributes)[number]['name'];

const vendorSpecific = 26;

/** Finds attributes by name and by number. */
export class Dictionary {
  readonly #byName = new Map<string, AttributeDefinition>();
  readonly #byNumber = new Map<string, AttributeDefinition>();

  /**
   * @param own attributes of the configuration
   * @throws RangeError for one that is defined twice or cannot be
   */
  constructor(own: readonly AttributeDefinition[] = []) {
    for (const definition of attributes) this.#add(definition);
    for (const definition of own) {
      const { name, vendor, type } = definition;
      if (this.#byName.has(name)) throw new RangeError(`attribute ${name} is defined already`);
      const known = this.#byNumber.get(numberOf(vendor, type));
      if (known !== undefined) throw new RangeError(`attribute ${name} has the number of ${known.name}`);
      if (vendor === 0 && type === vendorSpecific)
        throw new RangeError(`attribute ${name} cannot have number 26`);
      this.#add(definition);
    }
  }

  named(name: string): AttributeDefinition | undefined {
    return this.#byName.get(name);
  }

  numbered(vendor: number, type: number): AttributeDefinition | undefined {
    return this.#byNumber.get(numberOf(vendor, type));
  }

  #add(definition: AttributeDefinition): void {
    this.#byName.set(definition.name, definition);
    this.#byNumber.set(numberOf(definition.vendor, definition.type), definition);
  }
}

const numberOf = (vendor: number, type: number): string => `${vendor}.${type}`;
