/** The public door: a local AWS with a synthesized stack deployed in it. */

export { startCloud } from './cloud.ts';
export type { Cloud, CloudOptions } from './cloud.ts';
export { readDocument } from './ssm/document.ts';
export { loadAssembly } from './stack/assembly.ts';
export type { ManagedNode, ShellResult, TunnelTruth, VpnTruth, VpnEndpoints } from './outside.ts';
