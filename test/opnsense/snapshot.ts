import { createHash } from 'node:crypto';
import { existsSync, lstatSync, readFileSync, readdirSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import type { Stage } from '../sim/site/stage.ts';

/** What matters of a firewall after an order. */
export interface Held {
  readonly flag: boolean;
  readonly demotion: number;
  readonly latch: 'armed' | 'released' | 'absent';
  readonly note: 'entered' | 'intended' | 'none';
}

export function heldOf(stage: Stage): Held {
  const { machine } = stage.site.preferred;
  const note = machine.path('var/db/holdback/hold');
  const text = existsSync(note) ? readFileSync(note, 'utf8') : '';
  const installed = existsSync(machine.path('usr/local/etc/rc.carp_service_status.d/holdback'));
  const released = existsSync(machine.path('var/run/holdback.released'));
  return {
    flag: machine.config.inMaintenance(),
    demotion: machine.system?.carp.demotion ?? NaN,
    latch: installed ? (released ? 'released' : 'armed') : 'absent',
    note: /entered$/m.test(text) ? 'entered' : text === '' ? 'none' : 'intended',
  };
}

/** Names, modes and contents below a firewall's root folder, apart from the modelled commands. */
export function filesOf(stage: Stage): string[] {
  const { root } = stage.site.preferred.machine;
  const found: string[] = [];
  const walk = (path: string): void => {
    for (const name of readdirSync(join(root, path)).sort()) {
      const file = join(path, name);
      const stat = lstatSync(join(root, file));
      const mode = (stat.mode & 0o7777).toString(8);
      if (stat.isSymbolicLink()) found.push(`${file} -> ${readlinkSync(join(root, file))}`);
      else if (stat.isDirectory()) {
        found.push(`${file}/ ${mode}`);
        walk(file);
      } else {
        const hash = createHash('sha256')
          .update(readFileSync(join(root, file), 'utf8').replaceAll(root, ''))
          .digest('hex');
        found.push(`${file} ${mode} ${hash}`);
      }
    }
  };
  walk('');
  // Not Holdback's: the modelled commands, and what an SSM agent leaves of a document that it ran.
  return found.filter((entry) => !/^tmp\/|\/shell\/commands$/.test(entry));
}
