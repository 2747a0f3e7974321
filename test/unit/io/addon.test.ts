import { beforeEach, describe, expect, it, vi } from 'vitest';
import { AddonError, addonLoader } from '../../../lib/native/addon.js';

const load = vi.fn<(options: { bindings: string; module_root: string }) => object>();
let loadAddon: () => object;

beforeEach(() => {
  load.mockReset();
  loadAddon = addonLoader(load);
});

describe('the loader of the addon', () => {
  it('looks below the package root, once', () => {
    load.mockReturnValue({ ioSend: () => 0 });
    expect(loadAddon()).toBe(loadAddon());
    expect(load).toHaveBeenCalledTimes(1);
    const root = new URL('../../..', import.meta.url).pathname;
    expect(load).toHaveBeenCalledWith({ bindings: 'kernel_l2tp', module_root: root });
  });

  it('says how to build what is not there', () => {
    load.mockImplementation(() => {
      throw new Error('Could not locate the bindings file. Tried:\n → a\n → b');
    });
    expect(loadAddon).toThrow(AddonError);
    expect(loadAddon).toThrow(/not built .*build\/Release\/kernel_l2tp\.node.*run scripts\/build-native/);
  });

  it('says why one that is there does not load, and tries again later', () => {
    load.mockImplementationOnce(() => {
      throw Object.assign(new Error('wrong ELF class\n at x'), { code: 'ERR_DLOPEN_FAILED' });
    });
    expect(loadAddon).toThrow(AddonError);
    load.mockImplementationOnce(() => {
      throw Object.assign(new Error('wrong ELF class\n at x'), { code: 'ERR_DLOPEN_FAILED' });
    });
    expect(loadAddon).toThrow(
      /does not load \(ERR_DLOPEN_FAILED\): wrong ELF class\n.*scripts\/build-native/,
    );
    load.mockReturnValue({ built: true });
    expect(loadAddon()).toEqual({ built: true });
  });
});
