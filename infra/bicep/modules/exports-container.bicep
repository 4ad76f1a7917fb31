metadata description = 'The container that archives are exported to, in the storage account of the objects. The app may write to this container alone.'

@description('Name of the account, which is in the resource group of this deployment.')
@minLength(3)
@maxLength(24)
param accountName string

@description('Name of the container.')
@minLength(3)
@maxLength(63)
param container string

@description('Principal id of the app.')
param principalId string

// Storage Blob Data Contributor
var blobContributor = subscriptionResourceId(
  'Microsoft.Authorization/roleDefinitions',
  'ba92f5b4-2d11-453d-a403-e96b0029c9fe'
)

// Storage Blob Delegator: the links to finished exports, and copies within the account, are signed with a key that the account gives to the identity.
var blobDelegator = subscriptionResourceId(
  'Microsoft.Authorization/roleDefinitions',
  'db58b8e5-c6ad-4a2a-8342-4190687cbf4a'
)

resource account 'Microsoft.Storage/storageAccounts@2025-06-01' existing = {
  name: accountName

  resource blobs 'blobServices' existing = {
    name: 'default'
  }
}

resource exports 'Microsoft.Storage/storageAccounts/blobServices/containers@2025-06-01' = {
  parent: account::blobs
  name: container
}

resource writesExports 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: exports
  name: guid(exports.id, principalId, blobContributor)
  properties: {
    roleDefinitionId: blobContributor
    principalId: principalId
    principalType: 'ServicePrincipal'
  }
}

resource signsLinks 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: account
  name: guid(account.id, principalId, blobDelegator)
  properties: {
    roleDefinitionId: blobDelegator
    principalId: principalId
    principalType: 'ServicePrincipal'
  }
}

@description('URL of the container.')
output url string = '${account.properties.primaryEndpoints.blob}${exports.name}'
