/**
 * The folder into which `scripts/test` installed the package from its own tarball, as users do.
 *
 * @throws Error that says how to get there
 */
export function installedPackage(): string {
  const folder = process.env['KERNEL_L2TP_PACKAGE'];
  if (folder === undefined)
    throw new Error('this test needs the installed package: run `scripts/test deploy`');
  return folder;
}
