metadata description = 'The storage account of the Functions host: keys and diagnostic events of the host, the deployed package and the queues of callbacks. No shared keys.'

@description('Region of the resources.')
param location string

@description('Tags of the resources.')
param tags object

@description('Name of the account.')
@minLength(3)
@maxLength(24)
param name string

@description('Container of the deployed package.')
@minLength(3)
@maxLength(63)
param deploymentContainer string

@description('Queue of callbacks. The names of the poison queue and of the queue of kept callbacks are derived from it.')
@minLength(3)
@maxLength(56)
param callbackQueue string

@description('Queue of the parts of exports. The name of the poison queue is derived from it.')
@minLength(3)
@maxLength(56)
param exportQueue string

@description('Principal id of the app.')
param principalId string

@description('Log Analytics workspace for the logs of the queues.')
param workspaceId string

@description('Whether it is reachable through private endpoints only, and which public address may reach it all the same.')
param reachable { private: bool, address: string }

// The built-in role "Storage Blob Data Owner".
var blobOwner = subscriptionResourceId(
  'Microsoft.Authorization/roleDefinitions',
  'b7e6dc6d-f1e8-4753-8033-0f276bb0955b'
)

// The built-in role "Storage Queue Data Contributor".
var queueContributor = subscriptionResourceId(
  'Microsoft.Authorization/roleDefinitions',
  '974c5e8b-45b9-4653-ba55-5f855dd0fb88'
)

// The built-in role "Storage Table Data Contributor".
var tableContributor = subscriptionResourceId(
  'Microsoft.Authorization/roleDefinitions',
  '0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3'
)

var queueNames = [
  callbackQueue
  '${callbackQueue}-poison'
  '${callbackQueue}-kept'
  exportQueue
  '${exportQueue}-poison'
]

resource account 'Microsoft.Storage/storageAccounts@2025-06-01' = {
  name: name
  location: location
  tags: tags
  kind: 'StorageV2'
  sku: {
    name: 'Standard_LRS'
  }
  properties: {
    allowBlobPublicAccess: false
    allowSharedKeyAccess: false
    defaultToOAuthAuthentication: true
    minimumTlsVersion: 'TLS1_2'
    supportsHttpsTrafficOnly: true
    publicNetworkAccess: reachable.private && empty(reachable.address) ? 'Disabled' : 'Enabled'
    networkAcls: {
      bypass: 'AzureServices'
      defaultAction: reachable.private ? 'Deny' : 'Allow'
      ipRules: reachable.private && !empty(reachable.address) ? [{ value: reachable.address }] : []
    }
  }
}

resource blobs 'Microsoft.Storage/storageAccounts/blobServices@2025-06-01' = {
  parent: account
  name: 'default'
}

resource packages 'Microsoft.Storage/storageAccounts/blobServices/containers@2025-06-01' = {
  parent: blobs
  name: deploymentContainer
}

resource queueService 'Microsoft.Storage/storageAccounts/queueServices@2025-06-01' = {
  parent: account
  name: 'default'
}

resource queues 'Microsoft.Storage/storageAccounts/queueServices/queues@2025-06-01' = [
  for queueName in queueNames: {
    parent: queueService
    name: queueName
  }
]

resource ownsBlobs 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: account
  name: guid(account.id, principalId, blobOwner)
  properties: {
    roleDefinitionId: blobOwner
    principalId: principalId
    principalType: 'ServicePrincipal'
  }
}

resource contributesToTables 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: account
  name: guid(account.id, principalId, tableContributor)
  properties: {
    roleDefinitionId: tableContributor
    principalId: principalId
    principalType: 'ServicePrincipal'
  }
}

resource contributesToQueues 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for (queueName, i) in queueNames: {
    scope: queues[i]
    name: guid(queues[i].id, principalId, queueContributor)
    properties: {
      roleDefinitionId: queueContributor
      principalId: principalId
      principalType: 'ServicePrincipal'
    }
  }
]

// Only writes are logged, because the host reads each queue every few seconds.
resource queueLogs 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  scope: queueService
  name: 'to-log-analytics'
  properties: {
    workspaceId: workspaceId
    logs: [
      {
        category: 'StorageWrite'
        enabled: true
      }
    ]
    metrics: [
      {
        category: 'Transaction'
        enabled: true
      }
    ]
  }
}

@description('Resource id of the account.')
output id string = account.id

@description('Name of the account.')
output name string = account.name

@description('URL of the container of the deployed package.')
output deploymentContainerUrl string = '${account.properties.primaryEndpoints.blob}${packages.name}'
