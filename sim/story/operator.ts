import type { Cloud } from 'local-aws';
import type { Site } from '../site/site.ts';
import type { Artifact } from './artifact.ts';

/** What an operator does with the outputs of the stack. */

/** What `npm run latch` prints, piped to the firewall's root shell. */
export function installByHand(site: Site, { installScript }: Artifact): void {
  void site.preferred.rootShell(installScript, {
    SSM_Action: 'install',
    SSM_Operation: 'by-hand',
    SSM_LocalReleaseSeconds: '0',
  });
}

/** Puts the latch onto the preferred firewall as an operator does it: by the command of the stack. */
export function installLatch(cloud: Cloud, { installLatch: command = '' }: Artifact): void {
  const [, document, version, node, parameters = ''] =
    /^aws ssm send-command --document-name (\S+) --document-version (\d+) --instance-ids (\S+) --parameters '(.+)'$/.exec(
      command,
    ) ?? [];
  if (!document || !node) throw new Error('The stack says no command that installs the latch.');
  cloud.call('SSM', 'SendCommand', {
    DocumentName: document,
    DocumentVersion: version,
    InstanceIds: [node],
    Parameters: JSON.parse(parameters) as unknown,
  });
}

/** A controlled failback by hand. */
export function startExecution(
  cloud: Cloud,
  { stateMachineArn, pair }: Artifact,
  reason: string,
): void {
  cloud.call('SFN', 'StartExecution', {
    stateMachineArn,
    name: 'by-hand',
    input: JSON.stringify({ pair: pair.name, reason }),
  });
}
