import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { loadAssembly, readDocument } from 'local-aws';
import { DEFAULT_OPTIONS, type FirewallOptions, type SiteOptions } from '../site/options.ts';

/** What `cdk deploy` would deploy, and what the simulation can read of it. */
export interface Artifact {
  readonly folder: string;
  readonly pair: PairSettings;
  readonly table: string;
  readonly stateMachineArn: string;
  /** What the operator types to install the latch, as `cdk deploy` prints it; absent with a relay. */
  readonly installLatch: string | undefined;
  /** The script in the install document, for a firewall that has no agent. */
  readonly installScript: string;
}

const firewallSettings = z.object({
  name: z.string(),
  transport: z.enum(['agent', 'relay']),
  ssmTarget: z.string(),
  vpnConnections: z.array(
    z.object({
      id: z.string(),
      tunnels: z.array(
        z.object({ outsideIpAddress: z.string(), ipsecConnection: z.string(), ping: z.string() }),
      ),
    }),
  ),
});
const settings = z.object({
  pairs: z.array(
    z.object({
      name: z.string(),
      tunnelMode: z.enum(['always-up', 'bgp-on-master', 'on-master']),
      stableSeconds: z.number(),
      soakSeconds: z.number(),
      failbackBudgetPerDay: z.number(),
      deadlines: z.object({ failbackSeconds: z.number(), approvalSeconds: z.number() }),
      preferred: firewallSettings,
      standby: firewallSettings,
    }),
  ),
});
type FirewallSettings = z.infer<typeof firewallSettings>;
export type PairSettings = z.infer<typeof settings>['pairs'][number];

/** Reads a synthesized stack; its settings are those inside the deployed bundles. */
export function readArtifact(folder: string): Artifact {
  const assembly = loadAssembly(folder);
  const one = (type: string): string => {
    const [resource] = assembly.ofType(type);
    if (!resource) throw new Error(`The stack has no ${type}.`);
    return type === 'AWS::StepFunctions::StateMachine' ? resource.arn : resource.name;
  };
  const installs = assembly
    .ofType('AWS::SSM::Document')
    .find(({ name }) => name.startsWith('Holdback-install-'));
  if (!installs) throw new Error('The stack has no document that installs the latch.');
  const [anyFunction] = assembly.ofType('AWS::Lambda::Function');
  if (!anyFunction) throw new Error('The stack has no function.');
  const file = join(assembly.bundleFolder(anyFunction), 'settings.json');
  const [pair] = settings.parse(JSON.parse(readFileSync(file, 'utf8'))).pairs;
  if (!pair) throw new Error('The settings have no pair.');
  return {
    folder,
    pair,
    table: one('AWS::DynamoDB::GlobalTable'),
    stateMachineArn: one('AWS::StepFunctions::StateMachine'),
    installScript: readDocument(installs.name, installs.properties['Content']).script,
    installLatch: Object.entries(assembly.outputs).find(([id]) =>
      id.startsWith('HoldbackInstallLatch'),
    )?.[1],
  };
}

/** The node through which Holdback reaches a pair without SSM agents; undefined: they have agents. */
export const relayOf = ({ pair }: Artifact): string | undefined =>
  pair.preferred.transport === 'relay' ? pair.preferred.ssmTarget : undefined;

/** The site that the settings describe: names and addresses are theirs. */
export function siteOptions(artifact: Artifact): Partial<SiteOptions> {
  const { pair } = artifact;
  const relay = relayOf(artifact);
  const firewall = (role: 'preferred' | 'standby'): FirewallOptions => {
    const like = DEFAULT_OPTIONS.firewalls[role];
    const { name, ssmTarget, vpnConnections }: FirewallSettings = pair[role];
    const [connection] = vpnConnections;
    const tunnel = (index: 0 | 1): FirewallOptions['tunnels'][0] => {
      const found = connection?.tunnels[index];
      if (!found) throw new Error(`${name} needs one VPN connection with two tunnels here.`);
      return {
        ...like.tunnels[index],
        connection: found.ipsecConnection,
        outsideIpAddress: found.outsideIpAddress,
        insideAddress: found.ping,
      };
    };
    return {
      ...like,
      name,
      instanceId: ssmTarget,
      vpnConnectionId: connection?.id ?? '',
      tunnels: [tunnel(0), tunnel(1)],
    };
  };
  return {
    tunnelMode: pair.tunnelMode,
    ...(relay === undefined ? {} : { relayInstanceId: relay }),
    firewalls: { preferred: firewall('preferred'), standby: firewall('standby') },
  };
}
