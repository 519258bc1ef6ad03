import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { readArtifact } from '../sim/story/artifact.ts';
import { playInLab } from './run.ts';
import { longestGapMillis } from './pings.ts';
execFileSync('sh', ['-ec', 'mount -t tmpfs lab /run; mkdir -p /run/netns /run/lab; ip link set lo up']);
const [scenario = 'reboot', strategy = 'holdback', factor = '5'] = process.argv.slice(2);
try {
  const m = await playInLab({ artifact: readArtifact('/tmp/lab-cdk.out'), scenario, strategy: strategy as 'holdback', run: 1, factor: Number(factor), sharedMac: false, options: {} }, '/run/lab/site');
  for (const r of m.records) console.log(((r.at - m.startedAt) / 1000).toFixed(2), r.rule, r.action, r.result ?? '', r.evidence.filter((e) => e.verdict !== 'pass').map((e) => `${e.id}: ${e.evidence}`).join(' | ').slice(0, 300));
  let last = '';
  for (const t of m.truths) { const p = t.firewalls.preferred; const x = `${t.lanOwner} ${p.power} m=${p.maintenance} dem=${p.demotion} ${p.tunnels.map((y) => +y.passes)} | ${t.firewalls.standby.tunnels.map((y) => +y.passes)} ${JSON.stringify(p.gateways)} agent=${p.agentOnline}`; if (x !== last) console.log(((t.at - m.startedAt) / 1000).toFixed(2), x); last = x; }
  console.log(m.marks);
  const lost = m.pings.filter((x) => x.answeredAt === undefined);
  console.log(`sent ${m.pings.length} lost ${lost.length} gap ${longestGapMillis(m.pings)}`, lost.map((x) => ((x.sentAt - m.startedAt) / 1000).toFixed(1)).slice(0, 300).join(' '));
  writeFileSync('/tmp/lab-logs.txt', m.logs);
} catch (e) { console.error(e); console.log(execFileSync('sh', ['-c', 'cd /run/lab/site; tail -n 30 */*.out */syslog fw-a/carp.log']).toString()); }
process.exit(0);
