metadata description = 'The identity of the app. All its rights are roles of this identity.'

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

@description('Name, which is also the role of the app in a database.')
output name string = identity.name

@description('Id by which SDKs request tokens.')
output clientId string = identity.properties.clientId

@description('Id to which roles are assigned.')
output principalId string = identity.properties.principalId
