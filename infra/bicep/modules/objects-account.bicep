metadata description = 'A storage account for the objects that downloads are made of, for those who do not have one. No shared keys.'

@description('Region of the resources.')
param location string

@description('Tags of the resources.')
param tags object

@description('Name of the account.')
@minLength(3)
@maxLength(24)
param name string

@description('Container of objects; its name is what records call their bucket.')
@minLength(3)
@maxLength(63)
param container string

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
