/** For tests of what talks to AWS: one service behind the wire, a stack of few resources, alarms on a tunnel. */

export { assemblyOf, probe, writeAssembly } from './assembly.ts';
export { bench as alarmBench, START as ALARM_BENCH_START, tunnelAlarm } from './cloudwatch.ts';
export { call, clientOf, recorder, START, withLocalAws } from './served.ts';
