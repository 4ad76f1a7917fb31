metadata description = 'A storage account for the objects that downloads are made of. No shared keys.'

@description('Region of the resources.')
param location string

@description('Tags of the resources.')
param tags object

@description('Name of the account.')
@minLength(3)
@maxLength(24)
param name string

@description('Container of objects. Records name it as their bucket.')
@minLength(3)
@maxLength(63)
param container string

@description('Whether it is reachable through private endpoints only, and which public address may reach it all the same.')
param reachable { private: bool, address: string }

@description('The principal that deploys, which may write objects; empty to grant no access.')
param deployer { id: string?, type: string? }

// The built-in role "Storage Blob Data Contributor".
var blobContributor = subscriptionResourceId(
  'Microsoft.Authorization/roleDefinitions',
  'ba92f5b4-2d11-453d-a403-e96b0029c9fe'
)

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

resource objects 'Microsoft.Storage/storageAccounts/blobServices/containers@2025-06-01' = {
  parent: blobs
  name: container
}

resource deployerWritesBlobs 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (contains(deployer, 'id')) {
  scope: account
  name: guid(account.id, deployer.?id ?? '', blobContributor)
  properties: {
    roleDefinitionId: blobContributor
    principalId: deployer.?id ?? ''
    principalType: deployer.?type
  }
}

@description('Resource id of the account.')
output id string = account.id

@description('URL of the container.')
output containerUrl string = '${account.properties.primaryEndpoints.blob}${objects.name}'
