import { ofType } from './facts.ts';
import { freeTypes } from './free-types.ts';
import type { Deployment } from './resolve.ts';
import type { Parameters } from './scenarios.ts';
import { at, isSame, listOf } from './tree.ts';

/** Ten alarms and three dashboards of an account are free; seven and one leave room for others. */
const mostAlarms = 7;
const mostDashboards = 1;

/** Nothing that AWS bills while nobody calls, unless a parameter asked for it. */
export function costRules(deployment: Deployment, parameters: Parameters): string[] {
  const found: string[] = [];
  for (const { id, type, properties } of deployment.resources) {
    const free = freeTypes[type];
    if (!free) {
      found.push(`${id}: ${type} is not known to cost nothing at rest; if it is, add it to bin/template/free-types.ts`);
      continue;
    }
    const allowed = new Set(free.properties.split(' '));
    for (const name of Object.keys(properties)) {
      if (!allowed.has(name)) {
        found.push(
          `${id}: ${name} is not known to cost nothing at rest; if it does, add it to bin/template/free-types.ts`,
        );
      }
    }
    const { onRequest } = free;
    if (onRequest && (parameters[onRequest.parameter] ?? '0') === '0') {
      found.push(`${id}: ${type} costs $${onRequest.usd} a month and must wait for ${onRequest.parameter}`);
    }
  }
  return [...found, ...tableRules(deployment, parameters), ...alarmRules(deployment)];
}

function tableRules(deployment: Deployment, parameters: Parameters): string[] {
  const found: string[] = [];
  for (const { id, properties } of ofType(deployment, 'AWS::DynamoDB::Table')) {
    if (properties['BillingMode'] !== 'PAY_PER_REQUEST') {
      found.push(`${id}: BillingMode must be PAY_PER_REQUEST: provisioned capacity is billed by the hour`);
    }
    const isBackedUp = at(properties, 'PointInTimeRecoverySpecification', 'PointInTimeRecoveryEnabled');
    if (isBackedUp !== (parameters['PointInTimeRecovery'] === 'true')) {
      found.push(`${id}: point-in-time recovery is billed by the table's size and must wait for PointInTimeRecovery`);
    }
  }
  return found;
}

/** Metrics that are there; an alarm on another one could never ring. */
const metrics: Readonly<Record<string, readonly string[]>> = {
  'AWS/Lambda': ['Errors', 'Throttles'],
  'AWS/ApiGateway': ['5XXError'],
  Pennyworth: ['CostUsd', 'LedgerPending', 'SuspiciousActivity', 'TimeToFirstByte'],
};

function alarmRules(deployment: Deployment): string[] {
  const found: string[] = [];
  const alarms = ofType(deployment, 'AWS::CloudWatch::Alarm');
  if (alarms.length > mostAlarms) found.push(`there are ${alarms.length} alarms: ${mostAlarms} at most`);
  const dashboards = ofType(deployment, 'AWS::CloudWatch::Dashboard').length;
  if (dashboards > mostDashboards) found.push(`there are ${dashboards} dashboards: ${mostDashboards} at most`);
  const watched = new Set<unknown>();
  for (const { id, properties } of alarms) {
    const { Namespace, MetricName, Period, TreatMissingData, AlarmActions } = properties;
    watched.add(MetricName);
    if (!metrics[String(Namespace)]?.includes(String(MetricName))) {
      found.push(`${id}: nothing writes ${String(Namespace)} ${String(MetricName)}`);
    }
    if (Number(Period) < 60) found.push(`${id}: a period under 60 s costs three times as much`);
    if (TreatMissingData !== 'notBreaching') {
      found.push(`${id}: TreatMissingData must be notBreaching: without calls there is no data, and nothing is wrong`);
    }
    if (!isSame(listOf(AlarmActions), ['<Topic>'])) found.push(`${id}: must tell the topic`);
  }
  for (const metric of Object.values(metrics).flat()) {
    if (!watched.has(metric)) found.push(`no alarm watches ${metric}`);
  }
  return found;
}
