from django.db import models


class Member(models.Model):
    username = models.CharField(max_length=150)
    password = models.CharField(max_length=200)
