metadata description = 'Alerts on logs: callbacks not delivered or lost, broken downloads, answers of 5xx, an app that does not run, a backend that fails.'

@description('Region of the resources.')
param location string

@description('Tags of the resources.')
param tags object

@description('Suffix of the names.')
@minLength(3)
param suffix string

@description('Log Analytics workspace that is queried.')
param workspaceId string

@description('Name of the poison queue.')
param poisonQueue string

@description('Where alerts are sent; empty for nowhere.')
param email string

@description('Broken downloads within 15 minutes that raise no alert.')
@minValue(0)
param toleratedFailures int

@description('Answers of 5xx within 15 minutes that raise no alert.')
@minValue(0)
param toleratedServerErrors int

type alert = {
  name: string
  title: string
  description: string
  severity: int
  query: string
  operator: 'GreaterThan' | 'LessThan'
  threshold: int
  closesItself: bool
}

var alerts alert[] = [
  {
    name: 'poison'
    title: 'Egress: the poison queue is not empty'
    description: 'Callbacks could not be delivered: callbacks list shows them, callbacks replay puts them back (EgressCallbacksUndelivered in docs/operations.md).'
    severity: 2
    query: 'StorageQueueLogs | where OperationName == "PutMessage" and StatusText == "Success" and Uri contains "/${poisonQueue}/messages"'
    operator: 'GreaterThan'
    threshold: 0
    closesItself: true
  }
  {
    name: 'downloads'
    title: 'Egress: downloads break off'
    description: 'Archives broke off in the middle, and not because of the client or a shutdown; the log line holds the reason (EgressDownloadsFail in docs/operations.md).'
    severity: 2
    query: 'AppTraces | where toint(Properties.EventId) in (1002, 1003) or tostring(Properties.EventName) in ("BrokenOff", "Broke") | where Message !contains "(ClientStalled)" and Message !contains "(Interrupted)"'
    operator: 'GreaterThan'
    threshold: toleratedFailures
    closesItself: true
  }
  {
    name: 'errors'
    title: 'Egress: requests are answered 5xx'
    description: 'Downloads were refused before their first byte (EgressBackendErrors in docs/operations.md).'
    severity: 2
    query: 'AppRequests | where toint(ResultCode) between (500 .. 599)'
    operator: 'GreaterThan'
    threshold: toleratedServerErrors
    closesItself: true
  }
  {
    name: 'lost'
    title: 'Egress: a callback could not be queued'
    description: 'The queue did not accept a callback; the log line contains the message (events 4011 and 4013, EgressCallbacksWaiting in docs/operations.md).'
    severity: 1
    query: 'AppTraces | where toint(Properties.EventId) in (4011, 4013) or tostring(Properties.EventName) in ("LogHeldInMemory", "LogStranded")'
    operator: 'GreaterThan'
    threshold: 0
    closesItself: false
  }
  {
    name: 'export'
    title: 'Egress: an export failed'
    description: 'Its archive was not written, or it made no progress for an hour (event 1203, docs/exports.md). The line has the reason.'
    severity: 2
    query: 'AppTraces | where toint(Properties.EventId) == 1203 or tostring(Properties.EventName) == "LogExportFailed"'
    operator: 'GreaterThan'
    threshold: 0
    closesItself: false
  }
  {
    name: 'backend'
    title: 'Egress: database, storage or ZIP engine cannot be used'
    description: 'The probe found it, with or without traffic (event 5000, EgressUnhealthy in docs/operations.md). Event 5001 says when it works again.'
    severity: 1
    query: 'AppTraces | where toint(Properties.EventId) == 5000 or tostring(Properties.EventName) == "LogUnavailable"'
    operator: 'GreaterThan'
    threshold: 0
    closesItself: false
  }
  {
    name: 'silent'
    title: 'Egress: the app does not run'
    description: 'The health probe has not run for 15 minutes: the app is not deployed, or its worker does not start (EgressDown in docs/operations.md).'
    severity: 1
    query: 'AppRequests | where Name endswith "HealthProbe" or OperationName endswith "HealthProbe"'
    operator: 'LessThan'
    threshold: 1
    closesItself: true
  }
]

resource mail 'Microsoft.Insights/actionGroups@2023-01-01' = if (!empty(email)) {
  name: 'ag-${suffix}'
  location: 'global'
  tags: tags
  properties: {
    enabled: true
    groupShortName: 'egress'
    emailReceivers: [
      {
        name: 'operators'
        emailAddress: email
        useCommonAlertSchema: true
      }
    ]
  }
}

resource rules 'Microsoft.Insights/scheduledQueryRules@2023-12-01' = [
  for item in alerts: {
    name: 'alert-${item.name}-${suffix}'
    location: location
    tags: tags
    kind: 'LogAlert'
    properties: {
      displayName: item.title
      description: item.description
      severity: item.severity
      enabled: true
      scopes: [
        workspaceId
      ]
      evaluationFrequency: 'PT5M'
      windowSize: 'PT15M'
      autoMitigate: item.closesItself
      // Log Analytics creates a table only when its first row arrives, so the query cannot be validated before.
      skipQueryValidation: true
      criteria: {
        allOf: [
          {
            query: item.query
            timeAggregation: 'Count'
            operator: item.operator
            threshold: item.threshold
            failingPeriods: {
              numberOfEvaluationPeriods: 1
              minFailingPeriodsToAlert: 1
            }
          }
        ]
      }
      actions: {
        actionGroups: empty(email) ? [] : [mail.id]
      }
    }
  }
]
