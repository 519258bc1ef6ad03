import { it } from '@jest/globals';
import { propsWithPairs, templateOf, ofType } from '../support/synth.ts';
it('x', () => {
  for (const n of [1, 50]) {
    const t0 = Date.now();
    const t = templateOf(propsWithPairs(n));
    console.log(n, Date.now() - t0, Object.keys(t.Resources).length, JSON.stringify(t).length);
    for (const type of ['AWS::IAM::Policy', 'AWS::IAM::ManagedPolicy', 'AWS::Events::Rule', 'AWS::Lambda::Permission'])
      for (const [id, r] of ofType(t, type)) console.log(type, id, JSON.stringify(r.Properties).length);
  }
});
