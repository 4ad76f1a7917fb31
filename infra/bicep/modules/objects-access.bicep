metadata description = 'Lets the app read the objects of a storage account, and nothing else there.'

@description('Name of the account, which is in the resource group of this deployment.')
@minLength(3)
@maxLength(24)
param accountName string

@description('Principal id of the app.')
param principalId string

// The built-in role "Storage Blob Data Reader".
var blobReader = subscriptionResourceId(
  'Microsoft.Authorization/roleDefinitions',
  '2a2b9908-6ea1-4ae2-8e65-a410df84e7d1'
)

resource account 'Microsoft.Storage/storageAccounts@2025-06-01' existing = {
  name: accountName
}

resource readsBlobs 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: account
  name: guid(account.id, principalId, blobReader)
  properties: {
    roleDefinitionId: blobReader
    principalId: principalId
    principalType: 'ServicePrincipal'
  }
}

@description('URL of the blob service.')
output url string = account.properties.primaryEndpoints.blob
