import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { siteOptions } from '../story/artifact.ts';
import { stackOf } from '../story/synthesis.ts';
import { pictureOf } from './finding-picture.ts';
import { OPEN, type Found } from './found.ts';
import { workflowOf } from '../fast-world/holdback.ts';
import { describe } from './incident.ts';
import { findingsOf } from './judges.ts';
import { play } from './play.ts';

const nameOf = ({ judge, incident }: Found): string => `${judge}-${incident.seed}`;

/** Writes the page of the open findings, each with its cost and its picture. */
export async function writeFindings(folder: string): Promise<void> {
  const artifact = stackOf('holdback.yaml');
  const workflow = workflowOf(artifact.folder);
  const options = { ...siteOptions(artifact), agentRegistration: 'not-needed' as const };
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const parts: string[] = [];
  for (const found of OPEN) {
    const { incident, judge, taught } = found;
    const none = await play(incident, 'none', workflow, options);
    const holdback = await play(incident, 'holdback', workflow, options);
    const what = findingsOf(incident, { none, holdback })
      .filter((one) => one.judge === judge)
      .map((one) => one.what);
    writeFileSync(
      join(folder, `${nameOf(found)}.svg`),
      await pictureOf(`Seed ${incident.seed}`, { incident, workflow, options }),
    );
    parts.push(`## ${judge}, seed ${incident.seed}

${taught}

- Faults: ${describe(incident)}.
- Found: ${what.join('; ') || 'nothing any more'}.
- Cost: ${holdback.lost} s without the VPC and ${holdback.internetLost} s without the internet, where no control loses ${none.lost} s and ${none.internetLost} s.

![The incident without control and with Holdback](${nameOf(found)}.svg)
`);
  }
  writeFileSync(
    join(folder, 'README.md'),
    `# Open findings

What the [campaign](../campaign.md) has found and is not mended yet, as small as it could be made. P is the preferred firewall, S
the standby. \`npm run campaign -- --open\` plays them; \`npm run campaign -- --findings docs/findings\` writes this page.

${parts.join('\n')}`,
  );
}
