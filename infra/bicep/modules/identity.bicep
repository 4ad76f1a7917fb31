metadata description = 'The identity of the app: everything that it may do is a role of this identity.'

@description('Region of the resource.')
param location string

@description('Tags of the resource.')
param tags object

@description('Name of the identity.')
@minLength(3)
@maxLength(128)
param name string

resource identity 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' = {
  name: name
  location: location
  tags: tags
}

@description('Resource id.')
output id string = identity.id

@description('Id by which SDKs ask for tokens.')
output clientId string = identity.properties.clientId

@description('Id to which roles are assigned.')
output principalId string = identity.properties.principalId
