import type { Act, Answer } from '../../lambda/core/act.ts';
import { freshMemory, type Memory } from '../../lambda/core/memory.ts';
import type { OperationRequest } from '../../lambda/core/operation.ts';
import { remember } from '../../lambda/core/remember.ts';
import type { Pair } from '../../lambda/core/settings.ts';

/** What happens to a memory, in the words of a test. */

export const begin = (pair: Pair, memory: Memory | null, request: OperationRequest, at: number) =>
  remember(memory ?? freshMemory(at), { type: 'begun', pair, request, at });

export const intend = (memory: Memory, act: Act, spendsBudget: boolean, at: number) =>
  remember(memory, { type: 'ordered', act, spendsBudget, at });

export const answered = (
  before: Memory,
  intended: Memory,
  act: Act,
  answer: Answer,
  at: number,
): Memory => remember(intended, { type: 'order-answered', act, answer, before, at });

export const answer = (memory: Memory, isGranted: boolean, at: number) =>
  remember(memory, { type: 'approval-answered', isGranted, at });

export const finish = (memory: Memory, at: number) => remember(memory, { type: 'closed', at });
