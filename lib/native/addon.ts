import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import bindings from 'bindings';

/** The addon is missing, or was built for another Node; the message says how to mend it. */
export class AddonError extends Error {
  override readonly name = 'AddonError';
}

/** Both `lib/native/` (sources under test) and `dist/native/` lie two levels below the package. */
const packageRoot = fileURLToPath(new URL('../..', import.meta.url));

interface BindingsOptions {
  readonly bindings: string;
  readonly module_root: string;
}

/** @param load finds and loads an addon, as the package `bindings` does */
export function addonLoader(load: (options: BindingsOptions) => object): <T extends object>() => T {
  let loaded: object | undefined;
  return <T extends object>(): T => {
    if (loaded === undefined) {
      try {
        loaded = load({ bindings: 'kernel_l2tp', module_root: packageRoot });
      } catch (error) {
        throw addonError(error);
      }
    }
    return loaded as T;
  };
}

/**
 * What the native addon exports, loaded at first use so that everything that needs no kernel works without it.
 * The caller names the part it uses: {@link NativeIo}, for one.
 *
 * @throws AddonError
 */
export const loadAddon = addonLoader((options) => bindings(options) as object);

function addonError(error: unknown): AddonError {
  const reason = error instanceof Error ? error.message : String(error);
  const code = (error as NodeJS.ErrnoException | undefined)?.code;
  if (reason.startsWith('Could not locate the bindings file')) {
    const expected = join(packageRoot, 'build/Release/kernel_l2tp.node');
    return new AddonError(
      `the native addon is not built (no ${expected}): run scripts/build-native, or npm rebuild kernel-l2tp`,
      { cause: error },
    );
  }
  return new AddonError(
    `the native addon does not load${code ? ` (${code})` : ''}: ${reason.split('\n', 1)[0]}\n` +
      'it may be of another Node version: run scripts/build-native, or npm rebuild kernel-l2tp',
    { cause: error },
  );
}
