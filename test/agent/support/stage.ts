/** A real course with its hidden repository, and jobs for the homes of real students, for tests of agents in processes. */
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Agent, AgentJob } from '../../../src/agent/agent.ts';
import type { Placer } from '../../../src/agent/conversation.ts';
import { createProcessAgent, type ProcessAgentOptions } from '../../../src/agent/process-agent.ts';
import { startPlacer } from '../../../src/agent/start-placer.ts';
import { parseConfig } from '../../../src/config.ts';
import { newRunId, parseCourseId, type CourseId } from '../../../src/core/ids.ts';
import type { Offer } from '../../../src/core/offer.ts';
import type { SystemUser } from '../../../src/hub/system-user.ts';
import type { RunReport } from '../../../src/sync/report.ts';
import { openConfiguredCourses, type ConfiguredCourses } from '../../../src/web/configured-courses.ts';
import type { Audience } from '../../../src/web/ports.ts';

export interface Stage {
  readonly root: string;
  /** Where homes are; everybody may pass through. */
  readonly homes: string;
  /** Everything the agent said to the log. */
  readonly events: { readonly event: string; readonly facts: Readonly<Record<string, unknown>> }[];
  readonly audience: Audience;
  put(files: Readonly<Record<string, string | Buffer>>): void;
  offer(): Promise<Offer>;
  job(student: SystemUser, offer: Offer, home?: string): AgentJob;
  /** An agent whose processes run `program`; closed with the stage. */
  agent(program: string, options?: Partial<ProcessAgentOptions>): Agent;
  /** One click of `student`: refresh, then the agent. */
  click(agent: Agent, student: SystemUser, home?: string): Promise<RunReport>;
  close(): Promise<void>;
}

/** `programs` as they were started, so that a test can look at them while they run. */
export function openStage(started: (placer: Placer) => void = () => undefined): Stage {
  const root = mkdtempSync(join(tmpdir(), 'f2git-stage-'));
  chmodSync(root, 0o755);
  const homes = join(root, 'homes');
  mkdirSync(homes);
  const courses = openCourse(root);
  const course = courses.get(courseId)!;
  const audience = course.audienceOf({ name: 'anybody', groups: [] });
  const events: Stage['events'] = [];
  const agents: Agent[] = [];
  let count = 0;
  const stage: Stage = {
    root,
    homes,
    events,
    audience,
    put: (files) => {
      for (const [path, content] of Object.entries(files)) {
        mkdirSync(dirname(join(root, 'course', path)), { recursive: true });
        writeFileSync(join(root, 'course', path), content);
      }
    },
    offer: () => audience.refresh(() => undefined, new AbortController().signal),
    job: (student, offer, home = student.home) => ({
      kind: 'sync',
      run: newRunId(new Date(), (count += 1).toString(16).padStart(8, '0')),
      person: { name: student.name },
      course: courseId,
      workspace: join(home, 'intro'),
      offer,
      supplies: audience.supplies,
    }),
    agent: (program, options = {}) => {
      const agent = createProcessAgent({
        start: async (user) => {
          const placer = await startPlacer(user, { path: program });
          started(placer);
          return placer;
        },
        residenceOf: () => Promise.reject(new Error('nobody lives here')),
        size: 2,
        log: (_level, event, facts = {}) => events.push({ event, facts }),
        ...options,
      });
      agents.push(agent);
      return agent;
    },
    click: async (agent, student, home) =>
      agent.run(stage.job(student, await stage.offer(), home), () => undefined, new AbortController().signal),
    close: async () => {
      await Promise.all(agents.map((agent) => agent.close()));
      await courses.close();
      rmSync(root, { recursive: true, force: true });
    },
  };
  return stage;
}

const courseId: CourseId = parseCourseId('intro')!;

function openCourse(root: string): ConfiguredCourses {
  mkdirSync(join(root, 'course'));
  writeFileSync(join(root, 'course/README.md'), 'Welcome\n');
  mkdirSync(join(root, 'data'), { mode: 0o700 });
  const text = `
data: ./data
homes: ./homes/{user}
auth: none
courses:
  intro:
    source: ./course
    freshness: 0s
    release: [{ path: 'later/**', from: 2099-01-01 00:00 }]
`;
  return openConfiguredCourses(parseConfig(text, { folder: root, environment: {} }), () => new Date());
}
