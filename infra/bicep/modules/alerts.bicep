metadata description = 'Alerts on logs: callbacks that could not be delivered, downloads that broke off, answers of 5xx.'

@description('Region of the resources.')
param location string

@description('Tags of the resources.')
param tags object

@description('Suffix of the names.')
@minLength(3)
param suffix string

@description('Log Analytics workspace that is asked.')
param workspaceId string

@description('Name of the poison queue.')
param poisonQueue string

@description('Where alerts are sent; empty for nowhere.')
param email string

@description('Broken downloads within 15 minutes that are still no alert.')
@minValue(0)
param toleratedFailures int

@description('Answers of 5xx within 15 minutes that are still no alert.')
@minValue(0)
param toleratedServerErrors int

type alert = {
  name: string
  title: string
  description: string
  severity: int
  query: string
  threshold: int
}

var alerts alert[] = [
  {
    name: 'poison'
    title: 'Egress: the poison queue is not empty'
    description: 'Callbacks could not be delivered: callbacks list shows them, callbacks replay puts them back (EgressCallbacksUndelivered in docs/operations.md).'
    severity: 2
    query: 'StorageQueueLogs | where OperationName == "PutMessage" and StatusText == "Success" and Uri contains "/${poisonQueue}/messages"'
    threshold: 0
  }
  {
    name: 'downloads'
    title: 'Egress: downloads break off'
    description: 'Archives broke off in the middle, and not because of the client or a shutdown; the log line holds the reason (EgressDownloadsFail in docs/operations.md).'
    severity: 2
    query: 'AppTraces | where toint(Properties.EventId) in (1002, 1003) or tostring(Properties.EventName) in ("BrokenOff", "Broke") | where Message !contains "(ClientStalled)" and Message !contains "(Interrupted)"'
    threshold: toleratedFailures
  }
  {
    name: 'errors'
    title: 'Egress: requests are answered 5xx'
    description: 'Downloads were refused before their first byte (EgressBackendErrors in docs/operations.md).'
    severity: 2
    query: 'AppRequests | where toint(ResultCode) between (500 .. 599)'
    threshold: toleratedServerErrors
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
      autoMitigate: true
      // The tables appear with their first rows.
      skipQueryValidation: true
      criteria: {
        allOf: [
          {
            query: item.query
            timeAggregation: 'Count'
            operator: 'GreaterThan'
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
